import { z } from 'zod'
import type { Ask, CloudAddresses } from './cloud-addresses.ts'

const pair = z.object({
  privateIpAddress: z.string(),
  publicIpAddress: z.string().default(''),
})
const network = z.object({
  interface: z.array(z.object({ ipv4: z.object({ ipAddress: z.array(pair) }) })),
})
const balancer = z.object({
  loadbalancer: z.object({
    publicIpAddresses: z.array(
      z.object({ frontendIpAddress: z.string(), privateIpAddress: z.string() }),
    ),
  }),
})

const how = { headers: { Metadata: 'true' } }

/**
 * "Azure Instance Metadata Service". Public addresses of the SKU Standard, which all new ones have, it
 * tells only as what a load balancer would have in front ("Retrieve load balancer metadata").
 */
export async function askAzure(ask: Ask): Promise<CloudAddresses> {
  const text = await ask('/metadata/instance/network?api-version=2021-02-01', how)
  const pairs = network
    .parse(JSON.parse(text ?? ''))
    .interface.flatMap(({ ipv4 }) => ipv4.ipAddress)
  const own = pairs.map(({ privateIpAddress }) => privateIpAddress)
  const outside = pairs.map(({ publicIpAddress }) => publicIpAddress).filter((it) => it !== '')
  return { private: own, public: outside.length > 0 ? outside : await inFront(ask, own) }
}

async function inFront(ask: Ask, own: readonly string[]): Promise<string[]> {
  try {
    const text = await ask('/metadata/loadbalancer?api-version=2020-10-01', how)
    return balancer
      .parse(JSON.parse(text ?? ''))
      .loadbalancer.publicIpAddresses.filter(({ privateIpAddress: it }) => own.includes(it))
      .map(({ frontendIpAddress }) => frontendIpAddress)
  } catch {
    return []
  }
}
