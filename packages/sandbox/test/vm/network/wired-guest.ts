import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { parseIpv4 } from '../../../src/ipv4.ts'
import { splitFrames } from '../../../src/vm/network/cable.ts'
import { checksum } from '../../../src/vm/network/checksum.ts'
import { frameOf, ipv4Type, parseMac, tcp, udp } from '../../../src/vm/network/frame.ts'

/** One end of a cable, as qemu holds it. */
export async function holdCable(path: string) {
  const socket = connect(path)
  await once(socket, 'connect')
  const frames: Buffer[] = []
  const waiting: ((frame: Buffer) => void)[] = []
  const take = (frame: Buffer) => {
    const next = waiting.shift()
    if (next === undefined) frames.push(frame)
    else next(frame)
  }
  socket.on(
    'data',
    splitFrames(
      (frame) => take(Buffer.from(frame)),
      () => socket.destroy(),
    ),
  )
  onTestFinished(() => {
    socket.destroy()
  })
  return {
    send(frame: Buffer) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(frame.length)
      // In two parts, as a stream may come.
      socket.write(length)
      socket.write(frame)
    },
    /** The next frame that comes out. */
    async next(): Promise<Buffer> {
      const frame = frames.shift()
      return frame ?? (await new Promise((resolve) => waiting.push(resolve)))
    },
    arrived: () => frames.length,
  }
}

export interface PacketOptions {
  readonly from: string
  readonly to: string
  readonly protocol: number
  readonly ports?: readonly [number, number]
  readonly data?: Buffer
}

/** An IPv4 packet with right checksums. */
export function packetOf({ from, to, protocol, ports, data = Buffer.from('hi') }: PacketOptions) {
  const head = Buffer.alloc(20)
  const segment = ports === undefined ? data : segmentOf(protocol, ports, data)
  head.writeUInt8(0x45, 0)
  head.writeUInt16BE(20 + segment.length, 2)
  head.writeUInt8(64, 8)
  head.writeUInt8(protocol, 9)
  head.writeUInt32BE(parseIpv4(from), 12)
  head.writeUInt32BE(parseIpv4(to), 16)
  head.writeUInt16BE(checksum(head), 10)
  const packet = Buffer.concat([head, segment])
  if (ports !== undefined) packet.writeUInt16BE(sumOf(packet), protocol === tcp ? 36 : 26)
  return packet
}

function segmentOf(protocol: number, [from, to]: readonly [number, number], data: Buffer): Buffer {
  const head = Buffer.alloc(protocol === tcp ? 20 : 8)
  head.writeUInt16BE(from, 0)
  head.writeUInt16BE(to, 2)
  if (protocol === tcp) head.writeUInt8(0x50, 12)
  else head.writeUInt16BE(8 + data.length, 4)
  return Buffer.concat([head, data])
}

/** Over a packet's TCP or UDP part and what goes before it: zero where it holds a right one already. */
export function sumOf(packet: Buffer): number {
  const segment = packet.subarray(20)
  const pseudo = Buffer.alloc(12)
  packet.copy(pseudo, 0, 12, 20)
  pseudo.writeUInt8(packet.readUInt8(9), 9)
  pseudo.writeUInt16BE(segment.length, 10)
  return checksum(Buffer.concat([pseudo, segment]))
}

export function ethernet(to: string, from: string, packet: Buffer): Buffer {
  return frameOf(ipv4Type, to, from, packet)
}

export function arpQuestion(mac: string, from: string, wanted: string): Buffer {
  const packet = Buffer.alloc(28)
  packet.writeUInt16BE(1, 0)
  packet.writeUInt16BE(0x0800, 2)
  packet.writeUInt8(6, 4)
  packet.writeUInt8(4, 5)
  packet.writeUInt16BE(1, 6)
  parseMac(mac).copy(packet, 8)
  packet.writeUInt32BE(parseIpv4(from), 14)
  packet.writeUInt32BE(parseIpv4(wanted), 24)
  return frameOf(0x0806, 'ff:ff:ff:ff:ff:ff', mac, packet)
}

/** A DHCP client's message, with its own options. */
export function dhcpMessage(mac: string, options: readonly (readonly number[])[]): Buffer {
  const message = Buffer.alloc(240)
  message.writeUInt8(1, 0)
  message.writeUInt8(1, 1)
  message.writeUInt8(6, 2)
  message.writeUInt32BE(0xfeedbeef, 4)
  parseMac(mac).copy(message, 28)
  message.writeUInt32BE(0x63825363, 236)
  const data = Buffer.concat([message, ...options.map((one) => Buffer.from(one)), Buffer.of(255)])
  const packet = packetOf({
    from: '0.0.0.0',
    to: '255.255.255.255',
    protocol: udp,
    ports: [68, 67],
    data,
  })
  return ethernet('ff:ff:ff:ff:ff:ff', mac, packet)
}
