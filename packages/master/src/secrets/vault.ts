import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals what the database must be able to show again, so that a stolen copy of it tells no secret. */
export interface Vault {
  /** `purpose` says where the text stands: sealed for one place, it cannot be opened at another. */
  seal(text: string, purpose: string): string
  /** Throws {@link VaultError} for what was sealed with another key, for another purpose, or altered. */
  open(sealed: string, purpose: string): string
}

export class VaultError extends Error {
  static {
    VaultError.prototype.name = 'VaultError'
  }
}

const format = 'v1'

/** AES-256-GCM (NIST SP 800-38D) with a key that HKDF-SHA256 (RFC 5869) makes of any secret of 32 bytes or more. */
export function openVault(secret: string | Uint8Array): Vault {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'kontena master vault', 32))
  return {
    seal: (text, purpose) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      const all = Buffer.concat([nonce, cipher.getAuthTag(), sealed])
      return `${format}.${all.toString('base64')}`
    },
    open: (sealed, purpose) => {
      const [kind, text = ''] = sealed.split('.')
      const all = Buffer.from(text, 'base64')
      try {
        if (kind !== format) throw new Error('unknown format')
        const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(0, 12))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(all.subarray(12, 28))
        return decipher.update(all.subarray(28), undefined, 'utf8') + decipher.final('utf8')
      } catch (error) {
        throw new VaultError('the key does not open this secret', { cause: error })
      }
    },
  }
}
