import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Log } from './log.ts'
import { reasonOf } from './reason-of.ts'
import { replaceFile } from './update/durable-file.ts'

/** Where a node's own firewall is, as seen from here. */
export interface FirewallPlace {
  /** `/etc/kontena`: holds `firewall.nft` where the bootstrap installed a firewall. */
  readonly settingsFolder: string
  /** `/run/kontena`: there only where that firewall admits the grid's nodes. */
  readonly runFolder: string
}

/** The files with which agent and firewall talk; undefined where no firewall waits for peers. */
export function firewallFiles({ settingsFolder, runFolder }: FirewallPlace) {
  if (!existsSync(join(settingsFolder, 'firewall.nft')) || !existsSync(runFolder)) return undefined
  return {
    /** Peers as the agent wants them; the firewall's rules include it. */
    wanted: join(runFolder, 'peers.nft'),
    /** Its copy, made by the unit once the kernel has taken it. */
    applied: join(runFolder, 'peers.applied'),
  }
}

/** Takes the addresses of a node's peers, each time the master says them. */
export interface FirewallPeers {
  keep(addresses: readonly string[]): void
  /** Resolves once the file is as it was last asked for, or could not be written. */
  settled(): Promise<void>
}

/**
 * Keeps the host firewall's set of peers equal to what the master says, by a file that a systemd unit
 * loads. It is written only where its content changes, and tried again with the master's next word.
 */
export function openFirewallPeers(place: FirewallPlace, log: Log): FirewallPeers {
  let last = Promise.resolve()
  return {
    keep(addresses) {
      last = last.then(() => write(place, addresses, log))
    },
    settled: () => last,
  }
}

async function write(place: FirewallPlace, addresses: readonly string[], log: Log): Promise<void> {
  const files = firewallFiles(place)
  if (files === undefined) return
  const content = peersFile(addresses)
  try {
    if ((await readFile(files.wanted, 'utf8').catch(() => '')) === content) return
    await replaceFile(files.wanted, content)
    log('info', `told the firewall ${addresses.length} peers`)
  } catch (error) {
    log('warn', `could not tell the firewall its peers: ${reasonOf(error)}`)
  }
}

/**
 * Commands for nft(8) that make the two sets of the table `inet kontena` hold these addresses alone. The
 * kernel takes a file as a whole. What is no address is left out: this text is run by root.
 */
export function peersFile(addresses: readonly string[]): string {
  const known = [...new Set(addresses)].toSorted()
  return [
    ...commands(
      'peers',
      known.filter((address) => isIPv4(address)),
    ),
    ...commands(
      'peers6',
      known.filter((address) => isIPv6(address) && !address.includes('%')),
    ),
    '',
  ].join('\n')
}

function commands(set: string, elements: readonly string[]): string[] {
  const flush = `flush set inet kontena ${set}`
  if (elements.length === 0) return [flush]
  return [flush, `add element inet kontena ${set} { ${elements.join(', ')} }`]
}
