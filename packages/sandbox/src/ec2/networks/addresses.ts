import { isIPv4, isIPv6 } from 'node:net'
import { formatIpv4, parseIpv4 } from '../../ipv4.ts'

/** EC2 keeps the first four addresses of a subnet and the last one. */
const keptFirst = 4
const keptLast = 1

/** How many machines a subnet has room for when it is empty. */
export function usableAddresses(cidr: string): number {
  return 2 ** (32 - prefixOf(cidr)) - keptFirst - keptLast
}

/** The lowest address of a subnet that is free; undefined when it is full. */
export function nextAddress(cidr: string, taken: ReadonlySet<string>): string | undefined {
  const first = parseIpv4(cidr.split('/')[0] ?? '') + keptFirst
  const end = first + usableAddresses(cidr)
  for (let address = first; address < end; address += 1) {
    const text = formatIpv4(address)
    if (!taken.has(text)) return text
  }
  return undefined
}

/** An IPv4 range with its host bits cleared, as EC2 stores it; undefined when it is none. */
export function normalizeIpv4Range(cidr: string): string | undefined {
  const [address = '', length = '', ...rest] = cidr.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined
  if (rest.length > 0) return undefined
  const size = 2 ** (32 - Number(length))
  return `${formatIpv4(Math.floor(parseIpv4(address) / size) * size)}/${Number(length)}`
}

/** An IPv6 range in its short form; undefined when it is none. */
export function normalizeIpv6Range(cidr: string): string | undefined {
  const [address = '', length = '', ...rest] = cidr.split('/')
  if (!isIPv6(address) || address.includes('%') || !/^\d{1,3}$/.test(length)) return undefined
  if (Number(length) > 128 || rest.length > 0) return undefined
  return `${new URL(`http://[${address}]`).hostname.slice(1, -1)}/${Number(length)}`
}

function prefixOf(cidr: string): number {
  return Number(cidr.split('/')[1])
}
