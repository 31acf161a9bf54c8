import type { Account, Interface, IpAddress, Server, UpcloudRoute } from '../account.ts'
import { notFound } from '../refusals.ts'

/** Addresses of public and utility networks; those of private networks are the account's own business. */
export const addressRoutes: readonly UpcloudRoute[] = [
  {
    method: 'GET',
    path: 'ip_address',
    action: 'ip_address.list',
    answer: ({ world }) => ({
      status: 200,
      body: { ip_addresses: { ip_address: listed(world).map(view) } },
    }),
  },
  {
    method: 'GET',
    path: 'ip_address/:address',
    action: 'ip_address.get',
    answer({ parameters, world }) {
      const found = listed(world).find(({ ip }) => ip.address === parameters.address)
      if (found !== undefined) return { status: 200, body: { ip_address: view(found) } }
      throw notFound('IP_ADDRESS_NOT_FOUND', `The IP address ${parameters.address} does not exist.`)
    },
  },
]

interface Listed {
  readonly server: Server
  readonly at: Interface
  readonly ip: IpAddress
}

function listed(account: Account): readonly Listed[] {
  return [...account.servers.values()].flatMap((server) =>
    server.interfaces
      .filter(({ type }) => type !== 'private')
      .flatMap((at) => at.addresses.map((ip) => ({ server, at, ip }))),
  )
}

function view({ server, at, ip }: Listed) {
  const zone = server.zone.id
  const name = ip.address.replaceAll(/[.:]+/g, '-')
  const domain = ip.family === 'IPv6' ? `v6.${zone}` : zone
  return {
    access: at.type,
    address: ip.address,
    family: ip.family,
    floating: 'no',
    mac: at.mac,
    part_of_plan: ip.family === 'IPv4' && at.type === 'public' ? 'yes' : 'no',
    ptr_record: at.type === 'utility' ? '' : `${name}.${domain}.upcloud.host`,
    server: server.uuid,
    zone,
  }
}
