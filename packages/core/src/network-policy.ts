import { isIP } from 'node:net'
import { ProvisionError } from './errors.ts'

/** `esp` is IP protocol 50, which has no ports. */
export type Protocol = 'tcp' | 'udp' | 'esp'

/** Who may open the connection: nodes of the same grid, or these CIDR ranges. */
export type Source = 'grid' | readonly string[]

export interface PortRule {
  readonly purpose: 'overlay' | 'vpn' | 'ssh' | 'service'
  readonly protocol: Protocol
  /** First and last port, both included; undefined for ESP. */
  readonly ports: readonly [number, number] | undefined
  readonly from: Source
}

/** Inbound rules of a grid's machines; all that is not named is refused. Outbound stays open. */
export interface NetworkPolicy {
  readonly rules: readonly PortRule[]
}

export interface PolicyOptions {
  /** CIDR ranges; anywhere where absent. */
  sshFrom?: readonly string[]
  /** CIDR ranges, or `none` to keep the VPN's port closed; anywhere where absent. */
  vpnFrom?: readonly string[] | 'none'
  /** Ports that services publish, as `80/tcp` or `8000-8010/udp`. */
  open?: readonly string[]
  /** CIDR ranges of the grid's nodes elsewhere, which the overlay admits besides those here. */
  overlayFrom?: readonly string[]
}

export const anywhere: readonly string[] = ['0.0.0.0/0', '::/0']

/**
 * The one table of ports. The overlay's control and data ports and its encryption are those of
 * Weave Net (6783/tcp, 6783-6784/udp, ESP); 6784/tcp is its status port between peers.
 */
export function networkPolicy(options: PolicyOptions = {}): NetworkPolicy {
  const elsewhere = (options.overlayFrom ?? []).map(parseCidr)
  const ssh = (options.sshFrom ?? anywhere).map(parseCidr)
  const vpn = options.vpnFrom === 'none' ? [] : (options.vpnFrom ?? anywhere).map(parseCidr)
  const rules: PortRule[] = [
    ...overlayRules('grid'),
    ...overlayRules(elsewhere),
    { purpose: 'vpn', protocol: 'tcp', ports: [1194, 1194], from: vpn },
    { purpose: 'vpn', protocol: 'udp', ports: [1194, 1194], from: vpn },
    { purpose: 'ssh', protocol: 'tcp', ports: [22, 22], from: ssh },
    ...(options.open ?? []).map(parseOpen),
  ]
  return { rules: rules.filter((rule) => rule.from === 'grid' || rule.from.length > 0) }
}

function overlayRules(from: Source): PortRule[] {
  const overlay = { purpose: 'overlay', from } as const
  return [
    { ...overlay, protocol: 'tcp', ports: [6783, 6784] },
    { ...overlay, protocol: 'udp', ports: [6783, 6784] },
    { ...overlay, protocol: 'esp', ports: undefined },
  ]
}

/** `80/tcp` or `8000-8010/udp`; tcp where no protocol is given. Throws `BAD_OPTIONS`. */
export function parseOpen(text: string): PortRule {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (match === null || first < 1 || last > 65_535 || first > last) {
    throw new ProvisionError('BAD_OPTIONS', `--open ${text} is not a port`, {
      hint: 'write a port or a range with its protocol, as in --open 443/tcp or --open 8000-8010/udp',
    })
  }
  const protocol = match[3] === 'udp' ? 'udp' : 'tcp'
  return { purpose: 'service', protocol, ports: [first, last], from: anywhere }
}

/** An IPv4 or IPv6 range as a CIDR; a single address gets its full prefix. Throws `BAD_OPTIONS`. */
export function parseCidr(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/')
  // Node takes an address with a zone (`fe80::1%eth0`), which means nothing beyond this computer.
  const family = address.includes('%') ? 0 : isIP(address)
  const bits = family === 4 ? 32 : 128
  const length =
    prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (family === 0 || rest.length > 0 || !(length >= 0 && length <= bits)) {
    throw new ProvisionError('BAD_OPTIONS', `${text} is not an address range`, {
      hint: 'write a CIDR, as in 203.0.113.0/24',
    })
  }
  return `${address}/${length}`
}

/** A rule as people write it, for plans and documents: `tcp 6783-6784 from nodes of the grid`. */
export function describeRule(rule: PortRule): string {
  const ports =
    rule.ports === undefined
      ? ''
      : rule.ports[0] === rule.ports[1]
        ? ` ${rule.ports[0]}`
        : ` ${rule.ports[0]}-${rule.ports[1]}`
  return `${rule.protocol}${ports} from ${describeSource(rule.from)}`
}

function describeSource(source: Source): string {
  if (source === 'grid') return 'nodes of the grid'
  return anywhere.every((range) => source.includes(range)) ? 'anywhere' : source.join(', ')
}
