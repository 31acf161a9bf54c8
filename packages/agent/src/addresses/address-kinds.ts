import { isIPv4, isIPv6 } from 'node:net'

const reserved =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(?:2[4-9]|[345]\d))\./

/** Whether the whole internet may call this address. */
export function isPublic(address: string): boolean {
  return isIPv4(address) ? !reserved.test(address) : isIPv6(address) && /^[23]/.test(address)
}

/** Whether it belongs to one network or host interface, as all of 169.254.0.0/16 and fe80::/10 do. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address)
}
