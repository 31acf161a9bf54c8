import { type Call, ProvisionError } from '@kontena/core'
import type { Account } from '@kontena/upcloud-api'
import type { Cloud } from './clients.ts'
import type { LaunchPlan } from './launch-plan.ts'

export async function readLimits(cloud: Cloud, call: Call): Promise<Account> {
  const question = { doing: 'read', about: 'the UpCloud account', ...call }
  return await cloud.ask(question, (client, options) => client.accounts.get(options))
}

/**
 * Compares what the account may have with what it has and what is asked for, as far as these credentials
 * see it. Throws `QUOTA_EXCEEDED` naming the limit.
 */
export async function requireRoom(
  cloud: Cloud,
  request: {
    account: Account
    launch: LaunchPlan
    count: number
    newNetworks: number
    networks: number
  },
  call: Call,
): Promise<void> {
  const { account, launch, count, networks, newNetworks } = request
  const { plan, disk } = launch
  const limits = account.resourceLimits
  const used = await readUse(cloud, call)
  const needs = [
    { limit: 'cores', of: 'cores', used: used.cores, wanted: count * plan.cores },
    { limit: 'memory', of: 'MiB of memory', used: used.memoryMib, wanted: count * plan.memoryMib },
    { limit: 'public_ipv4', of: 'public addresses', used: used.publicAddresses, wanted: count },
    {
      limit: `storage_${disk.tier}`,
      of: `GiB on ${disk.tier}`,
      used: 0,
      wanted: count * disk.sizeGib,
    },
    { limit: 'networks', of: 'networks', used: networks, wanted: newNetworks },
  ]
  for (const { limit, of, used: have, wanted } of needs) {
    const allowed = limits[limit] ?? 0
    // No limit is told for what the account does not have at all, or has without end.
    if (allowed <= 0 || wanted === 0 || have + wanted <= allowed) continue
    throw new ProvisionError(
      'QUOTA_EXCEEDED',
      `${wanted} more ${of} exceed the account's limit of ${allowed}, of which ${have} are used`,
      { hint: "ask UpCloud's support for a higher limit, or for fewer or smaller machines" },
    )
  }
}

async function readUse(cloud: Cloud, call: Call) {
  const [servers, addresses] = await Promise.all([
    cloud.ask({ doing: 'list', about: 'the servers', ...call }, (client, options) =>
      client.servers.list({}, options),
    ),
    cloud.ask({ doing: 'list', about: 'the addresses', ...call }, (client, options) =>
      client.addresses.list(options),
    ),
  ])
  return {
    cores: servers.reduce((sum, { cores = 0 }) => sum + cores, 0),
    memoryMib: servers.reduce((sum, { memoryMib = 0 }) => sum + memoryMib, 0),
    publicAddresses: addresses.filter(
      ({ access, family }) => access === 'public' && family === 'IPv4',
    ).length,
  }
}
