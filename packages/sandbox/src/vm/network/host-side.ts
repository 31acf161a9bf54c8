import { parseIpv4 } from '../../ipv4.ts'

/**
 * The network that qemu itself shows to a machine, of addresses that lead nowhere (RFC 2544): two that stand
 * for something on this computer, and what qemu would hand out, which nobody uses.
 */
export const outside = {
  range: '198.19.255.0/24',
  /** This computer's loopback, as every machine sees it. */
  host: '198.19.255.254',
  /** This computer's resolver. */
  resolver: '198.19.255.253',
  firstLease: '198.19.255.15',
} as const

/** This computer's loopback, as every virtual machine sees it. */
export const hostForMachines: string = outside.host

export const hostAddress = parseIpv4(outside.host)
export const resolverAddress = parseIpv4(outside.resolver)
