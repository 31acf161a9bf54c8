import type { MachineOrder } from '@kontena/core'
import { isClosed } from './closed.ts'
import { agentThere, claimedBy, type Problem, readOnlyDisk, sudoProblem } from './errors.ts'
import type { HostFacts, Listener } from './host-facts.ts'

/** What of an order a host must be fit for. */
export type Demand = Pick<MachineOrder, 'policy' | 'masterUrl'>

type Check = (facts: HostFacts, demand: Demand) => Problem | undefined

/** Kilobytes; Docker, the agent's runtime and the agent take half of it. */
const leastMemory = 400_000
/** Kilobytes; Docker's packages and the agent's runtime take 0.7 GB. */
const leastDisk = 1_000_000
/** Seconds; beyond them certificates and heartbeats seem to come from another time. */
const mostSkew = 300
/** Oldest releases whose packages of Docker and systemd do what the bootstrap asks. */
const oldest: Readonly<Record<string, number>> = { ubuntu: 20.04, debian: 11 }
const oldestDocker = '20.10'
/** The overlay's and the VPN's; see `networkPolicy`. */
const ownPorts = [6783, 6784, 1194]

/** All that keeps a host from becoming a node. */
export function findProblems(facts: HostFacts, demand: Demand): Problem[] {
  return checks.flatMap((check) => check(facts, demand) ?? [])
}

const checks: readonly Check[] = [
  checkSystem,
  checkArchitecture,
  ({ rights, refusal }) => (rights === 'none' ? sudoProblem(refusal) : undefined),
  checkSystemd,
  checkNode,
  checkDocker,
  ({ readOnly }) => (readOnly ? readOnlyDisk : undefined),
  checkDisk,
  checkMemory,
  checkClock,
  checkPorts,
  checkOwnWayIn,
  checkMaster,
]

function checkSystem({ os }: HostFacts): Problem | undefined {
  const { ID: id = '', VERSION_ID: version, PRETTY_NAME: name } = os
  const least = oldest[id]
  const isOld = least !== undefined && version !== undefined && Number(version) < least
  // Debian's next release has no number yet.
  if (id === 'flatcar' || (least !== undefined && !isOld)) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `runs ${name ?? 'an unknown system'}`,
    hint: 'nodes are made of Ubuntu from 20.04, Debian from 11, and Flatcar',
  }
}

function checkArchitecture({ architecture }: HostFacts): Problem | undefined {
  if (['x86_64', 'aarch64'].includes(architecture)) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `has the architecture ${architecture || 'unknown'}`,
    hint: 'nodes are x86_64 or aarch64',
  }
}

function checkSystemd({ has }: HostFacts): Problem | undefined {
  if (has.has('systemd') && has.has('systemd-run')) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: 'does not run systemd',
    hint: 'give a host whose services systemd starts',
  }
}

function checkNode({ claim, agent }: HostFacts): Problem | undefined {
  if (claim !== undefined) return claimedBy(claim)
  return agent === undefined ? undefined : agentThere(`node ${agent.name} of ${agent.master}`)
}

function checkDocker({ docker, has }: HostFacts): Problem | undefined {
  const problem = (text: string, hint: string): Problem => ({ code: 'BAD_OPTIONS', text, hint })
  if (docker.path === undefined) {
    if (has.has('apt-get')) return undefined
    return problem('has no Docker, and no apt to install it with', 'install Docker there first')
  }
  if (/podman/i.test(docker.client ?? '')) {
    return problem('has Podman under the name of Docker', 'remove the package podman-docker there')
  }
  if (!has.has('docker.service')) {
    return problem(
      `has a Docker (${docker.path}) that is no service docker.service`,
      "use the distribution's package docker.io, or Docker's own, in place of a snap or a rootless one",
    )
  }
  const version = docker.server ?? /version ([\d.]+)/.exec(docker.client ?? '')?.[1]
  if (version === undefined || !isOlder(version, oldestDocker)) return undefined
  return problem(`has Docker ${version}`, `bring it up to ${oldestDocker} or later`)
}

function isOlder(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) < 0
}

function checkDisk({ freeDisk }: HostFacts): Problem | undefined {
  if (freeDisk === undefined || freeDisk >= leastDisk) return undefined
  return {
    code: 'NO_CAPACITY',
    text: `has ${megabytes(freeDisk)} left for /var/lib`,
    hint: `make room there: a node takes ${megabytes(leastDisk)}`,
  }
}

function checkMemory({ memory }: HostFacts): Problem | undefined {
  if (memory === undefined || memory >= leastMemory) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `has ${megabytes(memory)} of memory`,
    hint: `a node takes ${megabytes(leastMemory)}`,
  }
}

function megabytes(kilobytes: number): string {
  return `${Math.floor(kilobytes / 1000)} MB`
}

function checkClock({ ahead }: HostFacts): Problem | undefined {
  if (Math.abs(ahead) <= mostSkew) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `has a clock that is ${describeSpan(ahead)} ${ahead > 0 ? 'ahead' : 'behind'}`,
    hint: 'set it, as in: timedatectl set-ntp true',
  }
}

function describeSpan(seconds: number): string {
  const span = Math.abs(seconds)
  if (span < 7200) return `${Math.round(span / 60)} minutes`
  return span < 172_800 ? `${Math.round(span / 3600)} hours` : `${Math.round(span / 86_400)} days`
}

function checkPorts({ listening }: HostFacts): Problem | undefined {
  const taken = listening.filter(({ port }) => ownPorts.includes(port))
  if (taken.length === 0) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `has ports taken that a node needs: ${describePorts(taken)}`,
    hint: 'stop what listens there',
  }
}

/** The host's firewall would end our own way in, and that of whoever looks after the host. */
function checkOwnWayIn({ ssh }: HostFacts, { policy }: Demand): Problem | undefined {
  if (ssh === undefined) return undefined
  const { from, port } = ssh
  if (!isClosed(policy, { protocol: 'tcp', port, from })) return undefined
  return {
    code: 'BAD_OPTIONS',
    text: `is reached from ${from} on port ${port}, which the node's firewall would close`,
    hint: `add --ssh-from ${from}`,
  }
}

function checkMaster(
  { has, reachesMaster }: HostFacts,
  { masterUrl }: Demand,
): Problem | undefined {
  if (!has.has('curl') && !has.has('python3')) {
    return {
      code: 'BAD_OPTIONS',
      text: 'has neither curl nor python3, one of which it needs to enrol',
      hint: 'install curl there',
    }
  }
  if (reachesMaster !== false) return undefined
  return {
    code: 'MASTER_UNSUITABLE',
    text: `does not reach the master at ${masterUrl}`,
    hint: 'give the master an address that hosts reach: kontena master start --public-url URL',
  }
}

/** What the person should know of a host that can become a node. */
export function findWarnings({ firewalls }: HostFacts): string[] {
  return firewalls.map(
    (name) => `keeps its own firewall (${name}), which has to let the node's ports in too`,
  )
}

function describePorts(listeners: readonly Listener[]): string {
  const texts = listeners.map(({ port, protocol, program }) => {
    const by = program === undefined ? '' : ` (${program})`
    return `${port}/${protocol}${by}`
  })
  return [...new Set(texts)].join(', ')
}
