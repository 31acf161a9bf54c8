import { BlockList, isIP } from 'node:net'
import { isLoopbackHost, type NetworkPolicy, type PortRule } from '@kontena/core'

/** A connection from outside, as the node's firewall sees it. */
export interface Approach {
  readonly protocol: string
  readonly port: number
  /** Undefined for anybody. */
  readonly from: string | undefined
}

/** Whether the node's firewall lets it in. What other nodes may do beyond that does not count. */
export function isAdmitted({ rules }: NetworkPolicy, { protocol, port, from }: Approach): boolean {
  if (from !== undefined && isLoopbackHost(from)) return true
  return rules.some((rule) => {
    const [first, last] = rule.ports ?? [0, -1]
    return rule.protocol === protocol && first <= port && port <= last && admits(rule, from)
  })
}

function admits(rule: PortRule, from: string | undefined): boolean {
  if (rule.from === 'grid') return false
  return from === undefined || rule.from.some((range) => isWithin(range, from))
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
