import { isIP } from 'node:net'

/** Where SSH listens, as people write it: `root@192.0.2.7:2222`, `web.example.com`, `[2001:db8::7]:22`. */
export interface Target {
  /** In lower case and without brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly user: string | undefined
}

/** A target whose port is settled: what a connection is made to. */
export type Address = Pick<Target, 'host'> & { readonly port: number }

/** Undefined for a text that is none. */
export function parseTarget(text: string): Target | undefined {
  const [, user, place = ''] = /^(?:([a-z_][\w.-]{0,31})@)?([^@]+)$/i.exec(text) ?? []
  // Without brackets, the last group of an IPv6 address would be taken for a port.
  if (isIP(place) === 6) return { host: place.toLowerCase(), port: undefined, user }
  const [, literal, name, digits] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(place.toLowerCase()) ?? []
  const host = literal ?? name
  if (host === undefined || !(literal === undefined ? isName(host) : isIP(host) === 6))
    return undefined
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  return { host, port, user }
}

function isName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?$/.test(text)
}

/** As people write it: the port only where it is not SSH's own. */
export function nameOf({ host, port }: Address): string {
  if (port === 22) return host
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
