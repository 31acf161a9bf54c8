import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Trust } from '../connection/trust.ts'
import type { Settings } from '../environment.ts'
import { reasonOf } from '../reason-of.ts'
import { isGuarded } from '../update/guarded-way.ts'
import type { Place } from './examine-way.ts'
import type { Finding } from './finding.ts'

export interface TlsOptions {
  readonly settings: Settings
  readonly trust: Trust
  readonly milliseconds: number
}

/** Days before its end at which a certificate is worth a word. */
const fewDays = 14

/** Whose certificate the master shows, and whether it is good here. */
export async function examineTls(place: Place, options: TlsOptions): Promise<Finding> {
  const { settings, trust, milliseconds } = options
  if (!place.isSecure) return withoutTls(settings.url, trust)
  const { host, port } = place
  const servername = trust.servername ?? (isIP(host) === 0 ? host : undefined)
  const socket = connect({
    host,
    port,
    ca: trust.ca,
    // Looked at all the same, and said below.
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(milliseconds) })
    return judge(socket, { trust, settings, name: trust.servername ?? host })
  } catch (error) {
    return {
      name: 'TLS',
      level: 'fail',
      message: `no TLS at ${host} port ${port}: ${reasonOf(error)}`,
      next: 'where the master has no TLS, KONTENA_URI begins with ws://',
    }
  } finally {
    socket.destroy()
  }
}

function withoutTls(url: string, trust: Trust): Finding {
  if (isGuarded(url, trust)) {
    return { name: 'TLS', level: 'ok', message: 'none, and none is needed on this host itself' }
  }
  return {
    name: 'TLS',
    level: 'warn',
    message: 'none: whoever is in between reads the token and can be the master',
    next: 'kontena master start --tls makes a master with a certificate of its own',
  }
}

interface Judging {
  readonly trust: Trust
  readonly settings: Settings
  /** What the certificate has to be for. */
  readonly name: string
}

function judge(socket: TLSSocket, { trust, settings, name }: Judging): Finding {
  const certificate = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / 86_400_000)
  const whose = `certificate by ${nameOf(certificate.issuer)}, good until ${dateOf(certificate.valid_to)}`
  const error = problemOf(socket)
  if (error !== undefined) {
    const level = trust.rejectUnauthorized ? 'fail' : 'warn'
    return { name: 'TLS', level, ...explain(error, { certificate, name, settings }) }
  }
  if (!trust.rejectUnauthorized) {
    const message = `${whose}, which KONTENA_SSL_VERIFY=false leaves unlooked at`
    return { name: 'TLS', level: 'warn', message, next: 'take KONTENA_SSL_VERIFY away: it is good' }
  }
  const message = `${whose}, trusted by ${rootsOf(settings)}`
  if (days >= fewDays) return { name: 'TLS', level: 'ok', message }
  const next = 'renew it: a master that made its own does so by itself while it runs'
  return { name: 'TLS', level: 'warn', message: `${message}: ${days} days left`, next }
}

function problemOf(socket: TLSSocket): string | undefined {
  const { authorizationError: error } = socket
  if (socket.authorized || !error) return undefined
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : error
  return String(code)
}

interface Explained extends Omit<Judging, 'trust'> {
  readonly certificate: PeerCertificate
}

/** Codes of OpenSSL, and of Node about names. */
function explain(
  code: string,
  { certificate, name, settings }: Explained,
): Pick<Finding, 'message' | 'next'> {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `its certificate is for ${certificate.subjectaltname ?? 'nobody'}, not for ${name}`,
      next: 'put a name that it has into KONTENA_URI, or into KONTENA_SSL_HOSTNAME',
    }
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      message: `its certificate ended on ${dateOf(certificate.valid_to)}`,
      next: "renew it, or set this host's clock where that is wrong",
    }
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      message: `its certificate is good from ${dateOf(certificate.valid_from)} only`,
      next: "set this host's clock",
    }
  }
  return {
    message: `its certificate by ${nameOf(certificate.issuer)} is none that ${rootsOf(settings)} vouches for (${code})`,
    next: "put the master's authority into the file of SSL_CERT_FILE: kontena node env NODE --ca",
  }
}

function rootsOf({ trust: { authorityFile, authorityFolder } }: Settings): string {
  const places = [
    ...(authorityFile === undefined ? [] : [`SSL_CERT_FILE ${authorityFile}`]),
    ...(authorityFolder === undefined ? [] : [`SSL_CERT_PATH ${authorityFolder}`]),
  ]
  return places.length === 0 ? "Node's list of authorities" : places.join(' and ')
}

function nameOf(issuer: PeerCertificate['issuer'] | undefined): string {
  const name = issuer?.CN ?? issuer?.O
  return typeof name === 'string' ? name : 'nobody known'
}

function dateOf(text: string): string {
  const time = Date.parse(text)
  return Number.isNaN(time) ? text : new Date(time).toISOString().slice(0, 10)
}
