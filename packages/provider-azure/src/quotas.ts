import { type Call, isFailure, ProvisionError } from '@kontena/core'
import { all } from './answers.ts'
import type { Cloud } from './clients.ts'
import type { Hardware } from './launch-plan.ts'

/** How many more of something the subscription may have in a location. */
interface Quota {
  readonly what: string
  readonly left: number
  readonly limit: number
  /** How many a machine takes. */
  readonly each: number
}

/** Throws `QUOTA_EXCEEDED` for the first quota that is too small for so many machines. */
export async function requireQuota(
  cloud: Cloud,
  { hardware, count }: { hardware: Hardware; count: number },
  call: Call,
): Promise<void> {
  const { location, size } = hardware
  const short = (await quotasOf(cloud, hardware, call)).find(
    ({ left, each }) => left < each * count,
  )
  if (short === undefined) return
  const { what, left, limit, each } = short
  const machines = count === 1 ? 'machine' : 'machines'
  throw new ProvisionError(
    'QUOTA_EXCEEDED',
    `${count} ${size.name} ${machines} take ${each * count} ${what} in ${location}, of which ${left} of ${limit} are left`,
    {
      hint: 'ask for more under Quotas in the Azure portal, or use another --size, --location or a smaller --count',
    },
  )
}

/** How many machines the quotas have room for. */
export async function roomFor(cloud: Cloud, hardware: Hardware, call: Call): Promise<number> {
  const quotas = await quotasOf(cloud, hardware, call)
  return Math.min(...quotas.map(({ left, each }) => Math.max(0, Math.floor(left / each))))
}

async function quotasOf(
  cloud: Cloud,
  { options, size, location }: Hardware,
  call: Call,
): Promise<readonly Quota[]> {
  const [compute, network] = await Promise.all([
    computeUsages(cloud, location, call),
    options.publicIp ? networkUsages(cloud, location, call) : [],
  ])
  const quota = (usages: readonly Usage[], name: string, what: string, each: number): Quota[] => {
    const usage = usages.find(({ key }) => key.toLowerCase() === name.toLowerCase())
    if (usage === undefined || each <= 0) return []
    return [{ what, left: usage.limit - usage.used, limit: usage.limit, each }]
  }
  const family = size.family.replace(/^standard|Family$/gi, '')
  return [
    ...quota(compute, size.family, `${family} cores`, size.vcpus),
    ...quota(compute, 'cores', 'cores', size.vcpus),
    ...quota(compute, 'virtualMachines', 'machines', 1),
    ...quota(network, 'IPv4StandardSkuPublicIpAddresses', 'public addresses', 1),
    ...quota(network, 'StandardSkuPublicIpAddresses', 'public addresses', 1),
    ...quota(network, 'PublicIPAddresses', 'public addresses', 1),
  ]
}

interface Usage {
  readonly key: string
  readonly used: number
  readonly limit: number
}

async function computeUsages(cloud: Cloud, location: string, call: Call): Promise<Usage[]> {
  const question = {
    action: 'Microsoft.Compute/locations/usages/read',
    about: `the quotas in ${location}`,
    ...call,
  }
  const usages = await cloud.compute(question, ({ usage }) => all(usage.list(location)))
  return usages.map(({ name, currentValue, limit }) => ({
    key: name.value ?? '',
    used: currentValue,
    limit,
  }))
}

/** A right of its own, which a role made for machines may lack: then the create call has the last word. */
async function networkUsages(cloud: Cloud, location: string, call: Call): Promise<Usage[]> {
  const question = {
    action: 'Microsoft.Network/locations/usages/read',
    about: `the quotas of addresses in ${location}`,
    ...call,
  }
  try {
    const found = await cloud.network(question, ({ usages }) => all(usages.list(location)))
    return found.map(({ name, currentValue, limit }) => ({
      key: name.value ?? '',
      used: currentValue,
      limit,
    }))
  } catch (error) {
    if (isFailure(error, 'ACCESS_DENIED', 'NOT_FOUND')) return []
    throw error
  }
}
