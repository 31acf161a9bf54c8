import type { Call } from '@kontena/core'
import { type Claim, parseClaim } from './claim.ts'
import type { Connection } from './connection.ts'
import { explainStep } from './errors.ts'
import { readAnswer, runScript } from './remote-script.ts'

/** What a host is like, as it tells. Undefined where it does not tell. */
export interface HostFacts {
  readonly rights: 'root' | 'sudo' | 'none'
  /** Why there are none, in sudo's words. */
  readonly refusal: string
  /** Of os-release(5). */
  readonly os: Readonly<Record<string, string>>
  readonly architecture: string
  /** Of machine-id(5). */
  readonly machine: string
  /** Seconds by which its clock is ahead of ours. */
  readonly ahead: number
  /** Kilobytes. */
  readonly memory: number | undefined
  readonly freeDisk: number | undefined
  readonly readOnly: boolean
  /** Programs and services that are there. */
  readonly has: ReadonlySet<string>
  readonly listening: readonly Listener[]
  /** Where its SSH server sees us: our address, and its own port. */
  readonly ssh: { readonly from: string; readonly port: number } | undefined
  readonly docker: Docker
  readonly claim: Claim | undefined
  /** Of an agent that is there, by whomever. */
  readonly agent: { readonly name: string; readonly master: string } | undefined
  /** Services that keep firewall rules of their own. */
  readonly firewalls: readonly string[]
  /** Whether it reaches the master; undefined where nothing there can try. */
  readonly reachesMaster: boolean | undefined
}

export interface Listener {
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly program: string | undefined
}

export interface Docker {
  readonly path: string | undefined
  readonly client: string | undefined
  readonly server: string | undefined
}

const checkTimeout = 60_000
/** Characters; what a host tells goes into messages for people. */
const longestFact = 300

/** Looks at a host once, and changes nothing there. */
export async function readFacts(
  connection: Connection,
  { name, masterUrl }: { name: string; masterUrl: string },
  call: Call,
): Promise<HostFacts> {
  const { code, stdout, stderr } = await runScript(
    connection,
    { script: 'check-host', args: [masterUrl], timeout: checkTimeout, asUser: true },
    call,
  )
  const answer = readAnswer(stdout)
  // An account that is closed, as root's is on clouds' images, says so in place of running a command.
  if (code !== 0 || answer('end').length === 0)
    throw explainStep(name, 'be looked at', stderr || stdout)
  return parseFacts(answer, Date.now())
}

/** @param now milliseconds */
export function parseFacts(answer: (word: string) => readonly string[], now: number): HostFacts {
  const one = (word: string): string | undefined =>
    answer(word)[0]?.trim().slice(0, longestFact) || undefined
  const [rights, ...refusal] = (one('rights') ?? 'none').split(' ')
  const clock = numberOf(one('clock'))
  const reach = one('reach')
  return {
    rights: rights === 'root' || rights === 'sudo' ? rights : 'none',
    refusal: refusal.join(' '),
    os: parseRelease(answer('os')),
    architecture: one('arch') ?? '',
    machine: one('machine') ?? '',
    ahead: clock === undefined ? 0 : Math.round(clock - now / 1000),
    memory: numberOf(one('memory')),
    freeDisk: numberOf(one('disk')?.split(/\s+/)[3]),
    readOnly: ['/etc', '/opt', '/var/lib'].some((path) => isReadOnly(path, answer('mount'))),
    has: new Set(answer('has').map((name) => name.trim())),
    listening: answer('listen').flatMap((line) => parseListener(line) ?? []),
    ssh: parseConnection(one('ssh')),
    docker: {
      path: one('docker-path'),
      client: one('docker-client'),
      server: one('docker-server'),
    },
    claim: parseClaim(answer('claim')[0]),
    agent: agentOf(one),
    firewalls: answer('firewall').map((name) => name.trim()),
    reachesMaster: reach === undefined ? undefined : reach === '0',
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function agentOf(one: (word: string) => string | undefined): HostFacts['agent'] {
  const master = one('agent-uri')
  if (master === undefined && one('agent-container') === undefined) return undefined
  return { name: one('agent-name') ?? 'of no name', master: master ?? 'an unknown master' }
}

/** Values stand in quotes where shell would need them (os-release(5)). */
function parseRelease(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
      return key === undefined || value === undefined
        ? []
        : [[key, value.slice(0, longestFact).replace(/^["']|["']$/g, '')]]
    }),
  )
}

/** By the innermost mount that holds the path; of those at one place, the last counts (proc(5)). */
function isReadOnly(path: string, mounts: readonly string[]): boolean {
  let best = { place: '', options: '' }
  for (const mount of mounts) {
    const [, place = '', , options = ''] = mount.split(' ')
    const holds = place === '/' || place === path || path.startsWith(`${place}/`)
    if (holds && place.length >= best.place.length) best = { place, options }
  }
  return best.options.split(',').includes('ro')
}

/** A line of `ss -Hltunp`, as in `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`. */
function parseListener(line: string): Listener | undefined {
  const [protocol, , , , local = '', , ...rest] = line.trim().split(/\s+/)
  const [, address, port] = /^(.*):(\d+)$/.exec(local) ?? []
  if (protocol === undefined || address === undefined) return undefined
  const [, program] = /\(\("([^"]+)"/.exec(rest.join(' ')) ?? []
  return { protocol, address: address.replace(/^\[|\]$/g, ''), port: Number(port), program }
}

/** As sshd says it in SSH_CONNECTION: client address and port, server address and port. */
function parseConnection(text: string | undefined): HostFacts['ssh'] {
  const [from, , , port] = (text ?? '').split(' ')
  return from === undefined || port === undefined ? undefined : { from, port: Number(port) }
}
