import { z } from 'zod'
import type { Ask, CloudAddresses } from './cloud-addresses.ts'

const interfaces = z
  .array(z.object({ ipv4: z.object({ ip_address: z.string() }).optional() }))
  .default([])
const document = z.object({
  interfaces: z.object({ public: interfaces, private: interfaces }),
})

/** DigitalOcean's "Metadata API". A droplet has all these addresses on its interfaces. */
export async function askDigitalOcean(ask: Ask): Promise<CloudAddresses> {
  const found = document.parse(JSON.parse((await ask('/metadata/v1.json')) ?? ''))
  const addresses = (all: z.infer<typeof interfaces>): string[] =>
    all.flatMap(({ ipv4 }) => (ipv4 === undefined ? [] : [ipv4.ip_address]))
  const { private: own, public: outside } = found.interfaces
  return { private: addresses(own), public: addresses(outside) }
}
