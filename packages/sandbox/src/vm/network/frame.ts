/** Where things stand in an Ethernet frame (IEEE 802.3) and in the IPv4 packet inside (RFC 791). */
const typeAt = 12
export const packetAt = 14

export const arpType = 0x0806
export const ipv4Type = 0x0800
export const tcp = 6
export const udp = 17

/** The frame's type; 0 for one that is too short to have any. */
export function typeOf(frame: Buffer): number {
  return frame.length < packetAt ? 0 : frame.readUInt16BE(typeAt)
}

export function destinationOf(frame: Buffer): string {
  return formatMac(frame.subarray(0, 6))
}

/** Writes over the addresses of a frame. */
export function address(frame: Buffer, to: string, from: string): Buffer {
  parseMac(to).copy(frame, 0)
  parseMac(from).copy(frame, 6)
  return frame
}

/** A frame around a packet. */
export function frameOf(type: number, to: string, from: string, packet: Buffer): Buffer {
  const head = Buffer.alloc(packetAt)
  head.writeUInt16BE(type, typeAt)
  return address(Buffer.concat([head, packet]), to, from)
}

export function parseMac(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

export function formatMac(bytes: Buffer): string {
  return bytes.toString('hex').replace(/(..)(?!$)/g, '$1:')
}

/** An IPv4 packet, as a view on the bytes of its frame. */
export interface Ipv4Packet {
  readonly bytes: Buffer
  readonly protocol: number
  readonly source: number
  readonly destination: number
  /** TCP's or UDP's part; undefined for other protocols and for all fragments but the first. */
  readonly segment: Buffer | undefined
}

/** Undefined for what is cut short. */
export function readIpv4(frame: Buffer): Ipv4Packet | undefined {
  const whole = frame.subarray(packetAt)
  if (whole.length < 20) return undefined
  const headLength = (whole.readUInt8(0) & 0x0f) * 4
  const length = whole.readUInt16BE(2)
  if (headLength < 20 || length < headLength || length > whole.length) return undefined
  const bytes = whole.subarray(0, length)
  const protocol = bytes.readUInt8(9)
  const isFirst = (bytes.readUInt16BE(6) & 0x1fff) === 0
  const segment = bytes.subarray(headLength)
  const hasPorts = isFirst && segment.length >= (protocol === tcp ? 20 : 8)
  return {
    bytes,
    protocol,
    source: bytes.readUInt32BE(12),
    destination: bytes.readUInt32BE(16),
    segment: hasPorts && (protocol === tcp || protocol === udp) ? segment : undefined,
  }
}
