import { arpType, formatMac, frameOf, packetAt, parseMac } from './frame.ts'

/** Bytes of an ARP packet for IPv4 over Ethernet (RFC 826). */
const length = 28
const request = 1
const reply = 2

export interface ArpRequest {
  readonly senderMac: string
  readonly senderAddress: number
  readonly wanted: number
}

/** Undefined for anything but a question. */
export function readArpRequest(frame: Buffer): ArpRequest | undefined {
  const packet = frame.subarray(packetAt)
  if (packet.length < length || packet.readUInt16BE(6) !== request) return undefined
  return {
    senderMac: formatMac(packet.subarray(8, 14)),
    senderAddress: packet.readUInt32BE(14),
    wanted: packet.readUInt32BE(24),
  }
}

/** Tells who asked that the address they want is at `mac`. */
export function arpReply({ senderMac, senderAddress, wanted }: ArpRequest, mac: string): Buffer {
  const packet = Buffer.alloc(length)
  packet.writeUInt16BE(1, 0)
  packet.writeUInt16BE(0x0800, 2)
  packet.writeUInt8(6, 4)
  packet.writeUInt8(4, 5)
  packet.writeUInt16BE(reply, 6)
  parseMac(mac).copy(packet, 8)
  packet.writeUInt32BE(wanted, 14)
  parseMac(senderMac).copy(packet, 18)
  packet.writeUInt32BE(senderAddress, 24)
  return frameOf(arpType, senderMac, mac, packet)
}
