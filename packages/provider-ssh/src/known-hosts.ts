import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HostKey } from './host-key.ts'
import type { Address } from './target.ts'

/** Lines of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) that say something of keys we understand. */
export interface KnownHosts {
  /** Types of which a good key of this host is known. */
  typesOf(address: Address): ReadonlySet<string>
  judge(key: HostKey, address: Address): Verdict
}

/** `changed`: another key of this host is known. */
export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked'

interface Line {
  readonly revoked: boolean
  readonly hosts: string
  readonly type: string
  /** In base64. */
  readonly data: string
}

/** The files that OpenSSH reads by default; those that are not there say nothing. */
export async function readKnownHosts(): Promise<KnownHosts> {
  const own = join(homedir(), '.ssh')
  const files = [join(own, 'known_hosts'), join(own, 'known_hosts2'), '/etc/ssh/ssh_known_hosts']
  return parseKnownHosts((await Promise.all(files.map(readIfThere))).join('\n'))
}

export function parseKnownHosts(text: string): KnownHosts {
  const lines = text.split('\n').flatMap((line) => parseLine(line) ?? [])
  const about = (address: Address): Line[] => {
    const name = address.port === 22 ? address.host : `[${address.host}]:${address.port}`
    return lines.filter(({ hosts }) => matches(hosts, name))
  }
  return {
    typesOf: (address) =>
      new Set(about(address).flatMap(({ type, revoked }) => (revoked ? [] : type))),
    judge: (key, address) => {
      const here = about(address)
      const data = key.data.toString('base64')
      if (here.some((line) => line.revoked && line.data === data)) return 'revoked'
      const good = here.filter(({ revoked }) => !revoked)
      if (good.some((line) => line.data === data)) return 'known'
      return good.length === 0 ? 'unknown' : 'changed'
    },
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}

/** Certificates are not asked for, so that lines about their authorities say nothing here. */
function parseLine(line: string): Line | undefined {
  const match = /^(@\S+\s+)?([^\s#@]\S*)\s+(\S+)\s+([A-Za-z0-9+/]+=*)(\s|$)/.exec(line.trim())
  const [, marker = '', hosts = '', type = '', data = ''] = match ?? []
  if (match === null || (marker !== '' && marker.trim() !== '@revoked')) return undefined
  return { revoked: marker !== '', hosts, type, data }
}

/** Hashed names stand alone; others are patterns, of which one with `!` rules the host out. */
function matches(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|(.+)$/.exec(hosts) ?? []
  if (salt !== undefined) {
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
  }
  const patterns = hosts.toLowerCase().split(',')
  const isMatch = (pattern: string): boolean => toRegExp(pattern).test(name)
  if (patterns.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && isMatch(pattern))
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`)
}
