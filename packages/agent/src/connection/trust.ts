import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where it is said whom to trust. */
export interface TrustSources {
  /** PEM file of the only authorities to trust; Node's own roots where both are absent. */
  readonly authorityFile: string | undefined
  /** Folder of such files. */
  readonly authorityFolder: string | undefined
  /** The name that the certificate must have; the URL's where absent. */
  readonly hostname: string | undefined
  readonly verifies: boolean
}

/** The same as Node's TLS takes it. */
export interface Trust {
  /** PEM of the only authorities to trust. */
  readonly ca: string[] | undefined
  readonly servername?: string
  readonly rejectUnauthorized: boolean
}

/** Reads the authorities. Rejects with the variable to blame. */
export async function readTrust(sources: TrustSources): Promise<Trust> {
  const { authorityFile, authorityFolder, hostname, verifies } = sources
  const ca = [
    ...(authorityFile === undefined ? [] : [await readAuthority(authorityFile)]),
    ...(authorityFolder === undefined ? [] : await readFolder(authorityFolder)),
  ]
  return {
    ca: ca.length === 0 ? undefined : ca,
    ...(hostname === undefined ? {} : { servername: hostname }),
    rejectUnauthorized: verifies,
  }
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`Configuration error: SSL_CERT_FILE ${file} cannot be read`, { cause })
  }
}

/** Names as c_rehash(1) knows them. An empty folder would trust nobody, without a word. */
async function readFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Error(`Configuration error: SSL_CERT_PATH ${folder} cannot be read`, { cause })
  })
  const files = names.filter((name) => /\.(pem|crt|cer|\d+)$/.test(name)).toSorted()
  const texts = await Promise.all(
    files.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  )
  const certificates = texts.filter((text) => text.includes('-----BEGIN CERTIFICATE-----'))
  if (certificates.length > 0) return [...new Set(certificates)]
  throw new Error(`Configuration error: SSL_CERT_PATH ${folder} holds no certificate`)
}
