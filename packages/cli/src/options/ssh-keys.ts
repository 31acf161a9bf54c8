import { ProvisionError } from '@kontena/core'
import { readTextFile } from './read-text-file.ts'

/** An OpenSSH public key: type, base64 and an optional comment (sshd(8), AUTHORIZED_KEYS). */
const publicKey = /^(ssh-|ecdsa-|sk-)[\w.@-]+ [A-Za-z0-9+/]+={0,2}( [^\p{Cc}]*)?$/u

/** The public keys in files, one per line. Throws `LOCAL_FILE` or `BAD_OPTIONS` naming the file. */
export async function readSshKeys(files: readonly string[], cwd: string): Promise<string[]> {
  const keys: string[] = []
  for (const file of files)
    keys.push(...parseKeys(file, await readTextFile(file, '--ssh-key', cwd)))
  return [...new Set(keys)]
}

function parseKeys(file: string, text: string): string[] {
  if (text.includes('PRIVATE KEY-----')) {
    throw new ProvisionError('BAD_OPTIONS', `--ssh-key ${file} is a private key`, {
      hint: `name the public one: --ssh-key ${file}.pub`,
    })
  }
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length > 0 && keys.every((key) => publicKey.test(key))) return keys
  throw new ProvisionError('BAD_OPTIONS', `--ssh-key ${file} holds no OpenSSH public key`, {
    hint: 'give the file that ends in .pub; its lines begin with ssh-ed25519, ssh-rsa or the like',
  })
}
