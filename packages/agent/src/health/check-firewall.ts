import { readFile, stat } from 'node:fs/promises'
import { type FirewallPlace, firewallFiles } from '../firewall-peers.ts'
import type { Check } from './check.ts'

/**
 * Whether the host's firewall holds the peers that it was told. The agent cannot ask the kernel; the unit
 * that loads the rules leaves a copy of what it loaded.
 */
export async function checkFirewall(place: FirewallPlace): Promise<Check> {
  const files = firewallFiles(place)
  if (files === undefined) return well("this host's firewall admits no peers, or there is none")
  const read = (file: string) => readFile(file, 'utf8').catch(() => undefined)
  const [wanted, applied] = await Promise.all([read(files.wanted), read(files.applied)])
  if (wanted === undefined) return well('the firewall has not been told any peers yet')
  if (wanted === applied) return well('the firewall holds the peers that the master named')
  if (await isNew(files.wanted)) return well('the firewall is being told its peers')
  return {
    name: 'firewall',
    ok: false,
    message:
      'the firewall has not taken the peers that the master named; see: systemctl status kontena-peers.service',
  }
}

/** The unit that loads it needs a moment. */
async function isNew(file: string): Promise<boolean> {
  const written = await stat(file).catch(() => undefined)
  return written === undefined || Math.abs(Date.now() - written.mtimeMs) < 10_000
}

function well(message: string): Check {
  return { name: 'firewall', ok: true, message }
}
