import { z } from 'zod'
import type { CallOptions, Transport } from './transport.ts'
import { optionalBoolean, optionalText, wholeList } from './values.ts'

const address = z
  .object({
    address: z.string(),
    /** `public`, `utility` or `private`. */
    access: z.string(),
    family: z.string().default('IPv4'),
    server: optionalText,
    zone: optionalText,
    mac: optionalText,
    floating: optionalBoolean,
  })
  .transform(({ floating, ...rest }) => ({ ...rest, isFloating: floating ?? false }))

export type IpAddress = Readonly<z.output<typeof address>>

export interface AddressesApi {
  /** All of the account's, with the server that has each. Those of private networks may be missing. */
  list(options?: CallOptions): Promise<readonly IpAddress[]>
  get(address: string, options?: CallOptions): Promise<IpAddress>
}

const answer = z.object({ ip_address: address })
const listAnswer = z.object({ ip_addresses: wholeList('ip_address', address) })

export function addressesApi({ ask }: Transport): AddressesApi {
  return {
    list: async (options) =>
      (await ask({ ...options, method: 'GET', path: '/ip_address' }, listAnswer)).ip_addresses,
    get: async (wanted, options) => {
      // The colons of IPv6 stand as they are.
      const path = `/ip_address/${encodeURIComponent(wanted).replaceAll('%3A', ':')}`
      return (await ask({ ...options, method: 'GET', path }, answer)).ip_address
    },
  }
}
