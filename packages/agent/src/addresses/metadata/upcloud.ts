import { z } from 'zod'
import type { Ask, CloudAddresses } from './cloud-addresses.ts'

const document = z.object({
  network: z.object({
    interfaces: z.array(
      z.object({
        type: z.string(),
        ip_addresses: z.array(
          z.object({
            address: z.string(),
            family: z.string(),
            floating: z.boolean().default(false),
          }),
        ),
      }),
    ),
  }),
})

/**
 * "Metadata service" in UpCloud's API documentation. A network of one's own goes before the utility network,
 * which all of an account's servers in a zone share.
 */
export async function askUpcloud(ask: Ask): Promise<CloudAddresses> {
  const { network } = document.parse(JSON.parse((await ask('/metadata/v1.json')) ?? ''))
  const addresses = (type: string): string[] =>
    network.interfaces
      .filter((one) => one.type === type)
      .flatMap(({ ip_addresses }) => ip_addresses)
      .filter(({ family, floating }) => family === 'IPv4' && !floating)
      .map(({ address }) => address)
  return {
    private: [...addresses('private'), ...addresses('utility')],
    public: addresses('public'),
  }
}
