import { BlockList, isIP } from 'node:net'
import { isLoopbackHost, type NetworkPolicy, type PortRule } from '@kontena/core'

/** A connection from outside, as the node's firewall sees it. */
export interface Approach {
  readonly protocol: string
  readonly port: number
  readonly from: string
}

/**
 * Whether the node's firewall keeps it out. On a host that is lent it guards the ports that not everybody may
 * reach, and leaves all others as they are (`hostFirewall` of core).
 */
export function isClosed({ rules }: NetworkPolicy, { protocol, port, from }: Approach): boolean {
  if (isLoopbackHost(from)) return false
  const about = rules.filter((rule) => {
    const [first, last] = rule.ports ?? [0, -1]
    return rule.protocol === protocol && first <= port && port <= last
  })
  return about.length > 0 && !about.some((rule) => admits(rule, from))
}

function admits({ from: source }: PortRule, from: string): boolean {
  return source !== 'grid' && source.some((range) => isWithin(range, from))
}

function isWithin(range: string, text: string): boolean {
  // A server that listens on IPv6 tells of an IPv4 client so.
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '')
  const [start = '', bits] = range.split('/')
  if (isIP(start) !== isIP(address)) return false
  const family = isIP(start) === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(start, Number(bits), family)
  return list.check(address, family)
}
