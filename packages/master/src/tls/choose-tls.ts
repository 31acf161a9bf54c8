import { join } from 'node:path'
import { isWildcard } from '../start/listening.ts'
import { MasterStartError } from '../start/start-error.ts'
import { readCertificate } from './given-certificate.ts'
import type { KeyedCertificate } from './keyed-certificate.ts'
import type { OwnTls } from './own-tls.ts'

export interface TlsChoice {
  dataDir: string
  host: string
  publicUrl?: string
  tls?: boolean
  tlsCert?: string
  tlsKey?: string
  uuid: string
  now: Date
}

export interface Tls {
  readonly server: KeyedCertificate
  /** Where the certificate is of the master's own authority. */
  readonly own?: OwnTls
  /**
   * What is to be served from now on: the same again where nothing has changed. Throws
   * {@link MasterStartError} or what the disk says where there is something new that cannot be served.
   */
  refresh(now: Date): Promise<KeyedCertificate>
  /** Milliseconds between looks at it. */
  readonly lookEvery: number
}

/** Ours runs out in weeks at the earliest; what was given may be replaced by others at any time. */
const lookEvery = { own: 24 * 60 * 60 * 1000, given: 60 * 1000 }

/** The certificate that was given, one of our own authority, or undefined for plain HTTP. */
export async function chooseTls(options: TlsChoice): Promise<Tls | undefined> {
  const { tlsCert, tlsKey } = options
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new MasterStartError(
      'a certificate and its key belong together',
      'give both --tls-cert and --tls-key',
    )
  }
  if (tlsCert !== undefined && tlsKey !== undefined) {
    if (options.tls === true) {
      throw new MasterStartError(
        '--tls makes a certificate, --tls-cert brings one',
        'give one of them',
      )
    }
    return {
      server: readCertificate(tlsCert, tlsKey),
      refresh: async () => readCertificate(tlsCert, tlsKey),
      lookEvery: lookEvery.given,
    }
  }
  if (options.tls !== true) return undefined
  // Loaded only here: making certificates takes more code than all the rest of the master.
  const { ownTls } = await import('./own-tls.ts')
  const about = {
    directory: join(options.dataDir, 'tls'),
    names: namesOf(options),
    authorityName: `Kontena Master ${options.uuid.slice(0, 8)}`,
  }
  const own = await ownTls({ ...about, now: options.now })
  return {
    server: own.server,
    own,
    refresh: async (now) => (await ownTls({ ...about, authority: own.caSha256, now })).server,
    lookEvery: lookEvery.own,
  }
}

function namesOf({ publicUrl, host }: TlsChoice): string[] {
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname]
  const bound = isWildcard(host) ? [] : [host]
  const names = [...publicHost, ...bound, 'localhost', '127.0.0.1', '::1']
  return [...new Set(names.map((name) => name.replace(/^\[(.*)\]$/, '$1')))]
}
