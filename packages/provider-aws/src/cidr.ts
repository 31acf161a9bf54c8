import { isIPv4 } from 'node:net'

/**
 * A range as EC2 stores it: bits behind the prefix cleared, IPv6 in its shortest form. What a person
 * wrote and what EC2 answers then compare as text.
 */
export function canonicalCidr(range: string): string {
  const [address = '', prefix = ''] = range.split('/')
  const length = Number(prefix)
  return isIPv4(address)
    ? `${maskIpv4(address, length)}/${length}`
    : `${maskIpv6(address, length)}/${length}`
}

function maskIpv4(address: string, length: number): string {
  const parts = address.split('.').map(Number)
  return parts.map((part, index) => part & partMask(length - index * 8, 8)).join('.')
}

function maskIpv6(address: string, length: number): string {
  const parts = ipv6Parts(address)
  const masked = parts.map((part, index) => part & partMask(length - index * 16, 16))
  return shortIpv6(masked.map((part) => part.toString(16)).join(':'))
}

/** The mask of one part, of whose bits the first ones count. */
function partMask(counted: number, bits: number): number {
  const kept = Math.min(Math.max(counted, 0), bits)
  const all = 2 ** bits - 1
  return all & ~(2 ** (bits - kept) - 1)
}

function ipv6Parts(address: string): number[] {
  const [head = '', tail] = shortIpv6(address).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((part) => Number.parseInt(part, 16))
}

/** The URL standard spells an IPv6 host in its shortest form, without dotted parts. */
function shortIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}
