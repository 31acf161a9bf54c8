import { z } from 'zod'
import { type Labels, labelQuery, labels, writeLabels } from './labels.ts'
import type { CallOptions, Transport } from './transport.ts'
import { list, optionalBoolean, optionalText, wholeList, yesNo } from './values.ts'

/** A range of a private network. */
export interface NewIpNetwork {
  /** CIDR. */
  readonly address: string
  readonly family?: 'IPv4' | 'IPv6' | undefined
  readonly dhcp: boolean
  /** Whether DHCP hands out the gateway as the default route. */
  readonly dhcpDefaultRoute?: boolean | undefined
  readonly dhcpDns?: readonly string[] | undefined
  readonly gateway?: string | undefined
}

export interface NewNetwork {
  readonly name: string
  readonly zone: string
  readonly ipNetworks: readonly NewIpNetwork[]
  readonly router?: string | undefined
  readonly labels?: Labels | undefined
}

export interface NetworksApi {
  /** In one piece. Public and utility networks that the account uses are among them. */
  list(
    filter?: { zone?: string; labels?: Labels },
    options?: CallOptions,
  ): Promise<readonly Network[]>
  get(uuid: string, options?: CallOptions): Promise<Network>
  create(network: NewNetwork, options?: CallOptions): Promise<Network>
  modify(
    uuid: string,
    changes: { name?: string; labels?: Labels },
    options?: CallOptions,
  ): Promise<Network>
  /** One that servers are attached to is refused. */
  delete(uuid: string, options?: CallOptions): Promise<void>
}

const ipNetwork = z
  .object({
    address: z.string(),
    family: z.string().default('IPv4'),
    dhcp: optionalBoolean,
    dhcp_default_route: optionalBoolean,
    dhcp_dns: list('dhcp_dns', z.string()),
    gateway: optionalText,
  })
  .transform((raw) => ({
    address: raw.address,
    family: raw.family,
    dhcp: raw.dhcp ?? false,
    dhcpDefaultRoute: raw.dhcp_default_route ?? false,
    dhcpDns: raw.dhcp_dns,
    gateway: raw.gateway,
  }))

const network = z
  .object({
    uuid: z.string(),
    name: z.string().default(''),
    /** `private`, `public` or `utility`. */
    type: z.string(),
    zone: z.string(),
    router: optionalText,
    labels,
    ip_networks: list('ip_network', ipNetwork),
    servers: list('server', z.object({ uuid: z.string(), title: z.string().default('') })),
  })
  .transform(({ ip_networks: ipNetworks, ...rest }) => ({ ...rest, ipNetworks }))

export type Network = Readonly<z.output<typeof network>>

const answer = z.object({ network })
const listAnswer = z.object({ networks: wholeList('network', network) })

export function networksApi({ ask, tell }: Transport): NetworksApi {
  return {
    list: async (filter, options) => {
      const query = [
        ...(filter?.zone === undefined ? [] : [['zone', filter.zone] as const]),
        ...labelQuery(filter?.labels),
      ]
      const question = { ...options, method: 'GET', path: '/network/', query } as const
      return (await ask(question, listAnswer)).networks
    },
    get: async (uuid, options) =>
      (await ask({ ...options, method: 'GET', path: pathOf(uuid) }, answer)).network,
    create: async (wanted, options) => {
      const body = { network: write(wanted) }
      return (await ask({ ...options, method: 'POST', path: '/network/', body }, answer)).network
    },
    modify: async (uuid, changes, options) => {
      const body = { network: write(changes) }
      return (await ask({ ...options, method: 'PUT', path: pathOf(uuid), body }, answer)).network
    },
    delete: (uuid, options) => tell({ ...options, method: 'DELETE', path: pathOf(uuid) }),
  }
}

function pathOf(uuid: string): string {
  return `/network/${encodeURIComponent(uuid)}`
}

function write({ ipNetworks, labels: values, ...rest }: Partial<NewNetwork>) {
  return {
    ...rest,
    labels: values === undefined ? undefined : writeLabels(values),
    ip_networks:
      ipNetworks === undefined ? undefined : { ip_network: ipNetworks.map(writeIpNetwork) },
  }
}

function writeIpNetwork(range: NewIpNetwork) {
  const { dhcpDefaultRoute } = range
  return {
    address: range.address,
    family: range.family ?? 'IPv4',
    dhcp: yesNo(range.dhcp),
    dhcp_default_route: dhcpDefaultRoute === undefined ? undefined : yesNo(dhcpDefaultRoute),
    dhcp_dns: range.dhcpDns,
    gateway: range.gateway,
  }
}
