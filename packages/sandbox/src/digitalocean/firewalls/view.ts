import type { Account, Droplet, Firewall, FirewallRule } from '../account.ts'
import { timestamp } from '../droplets/view.ts'
import { tagNames } from '../tags/names.ts'

export function firewallView(firewall: Firewall, account: Account) {
  const pending = pendingDroplets(firewall, account)
  return {
    id: firewall.id,
    name: firewall.name,
    status: pending.length > 0 ? 'waiting' : 'succeeded',
    inbound_rules: firewall.inbound.map((rule) => ruleView(rule, 'sources')),
    outbound_rules: firewall.outbound.map((rule) => ruleView(rule, 'destinations')),
    created_at: timestamp(firewall.createdAt),
    droplet_ids: [...firewall.droplets],
    tags: tagNames(account, firewall.tags),
    pending_changes: pending.map(({ id }) => ({
      droplet_id: id,
      removing: false,
      status: 'waiting',
    })),
  }
}

/** Droplets that it is put on, by number or by tag. */
export function coveredDroplets(firewall: Firewall, account: Account): readonly Droplet[] {
  return [...account.droplets.values()].filter(
    ({ id, tags }) => firewall.droplets.has(id) || [...firewall.tags].some((tag) => tags.has(tag)),
  )
}

/** A change takes its time to reach a droplet, and so does a firewall that comes by a tag of a new one. */
function pendingDroplets(firewall: Firewall, account: Account): readonly Droplet[] {
  const now = Date.now()
  return coveredDroplets(firewall, account).filter(
    ({ activeAt = now }) => now < Math.max(firewall.changedAt, activeAt) + account.firewallDelay,
  )
}

function ruleView({ protocol, ports, peers }: FirewallRule, word: 'sources' | 'destinations') {
  return { protocol, ports, [word]: peers }
}
