import { formatIpv4, parseIpv4 } from '../../ipv4.ts'
import { checksum } from './checksum.ts'
import { frameOf, type Ipv4Packet, ipv4Type, udp } from './frame.ts'

/** What DHCP tells an interface. */
export interface Lease {
  readonly mac: string
  readonly address: string
  readonly prefix: number
  readonly gateway: string | undefined
  readonly nameServers: readonly string[]
  readonly options: ReadonlyMap<number, Buffer>
}

export const serverPort = 67
const clientPort = 68
/** Of the fixed part (RFC 2131), the magic number of options included. */
const fixedLength = 240
const magic = 0x63825363
const discover = 1
const offer = 2
const demand = 3
const acknowledgement = 5
const refusal = 6
const day = 86_400

/** A frame that answers a client's message; undefined where nothing is to be said. */
export function answerDhcp(
  packet: Ipv4Packet,
  lease: Lease,
  serverMac: string,
): Buffer | undefined {
  const message = packet.segment?.subarray(8)
  if (message === undefined || message.length < fixedLength) return undefined
  if (message.readUInt8(0) !== 1 || message.readUInt32BE(236) !== magic) return undefined
  const asked = readOptions(message.subarray(fixedLength))
  const kind = asked.get(53)?.at(0)
  if (kind !== discover && kind !== demand) return undefined
  const own = parseIpv4(lease.address)
  const wanted = asked.get(50)?.readUInt32BE(0) ?? message.readUInt32BE(12)
  const isWrong = kind === demand && wanted !== 0 && wanted !== own
  const type = isWrong ? refusal : kind === discover ? offer : acknowledgement
  const reply = replyTo(message, isWrong ? 0 : own)
  const options = isWrong ? new Map([[54, addresses([serverOf(lease)])]]) : leaseOptions(lease)
  const body = Buffer.concat([reply, writeOptions(new Map([[53, Buffer.of(type)], ...options]))])
  return frameOf(ipv4Type, lease.mac, serverMac, datagram(body, lease, isWrong))
}

/** Options of a message by their number; what runs over its end is left out. */
function readOptions(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>()
  let at = 0
  while (at < bytes.length && bytes[at] !== 255) {
    const number = bytes[at] ?? 0
    if (number === 0) {
      at += 1
      continue
    }
    const length = bytes[at + 1] ?? 0
    const value = bytes.subarray(at + 2, at + 2 + length)
    // The two we read are one byte and four bytes long.
    if (value.length === length && (number !== 50 || length === 4)) options.set(number, value)
    at += 2 + length
  }
  return options
}

function writeOptions(options: ReadonlyMap<number, Buffer>): Buffer {
  const written = [...options].map(([number, value]) =>
    Buffer.concat([Buffer.of(number, value.length), value]),
  )
  return Buffer.concat([...written, Buffer.of(255)])
}

function leaseOptions(lease: Lease): ReadonlyMap<number, Buffer> {
  return new Map([
    [54, addresses([serverOf(lease)])],
    [51, number(day)],
    [1, number(2 ** 32 - 2 ** (32 - lease.prefix))],
    ...(lease.gateway === undefined ? [] : [[3, addresses([lease.gateway])] as const]),
    ...(lease.nameServers.length === 0 ? [] : [[6, addresses(lease.nameServers)] as const]),
    ...lease.options,
  ])
}

/** Where there is no gateway, the first address of the network stands for its server. */
function serverOf({ gateway, address, prefix }: Lease): string {
  if (gateway !== undefined) return gateway
  const size = 2 ** (32 - prefix)
  const first = Math.floor(parseIpv4(address) / size) * size + 1
  return formatIpv4(first)
}

/** The fixed part of a reply, with the client's own transaction, flags and hardware address. */
function replyTo(message: Buffer, address: number): Buffer {
  const reply = Buffer.alloc(fixedLength)
  message.copy(reply, 0, 0, 8)
  reply.writeUInt8(2, 0)
  reply.writeUInt16BE(0, 8)
  message.copy(reply, 10, 10, 12)
  reply.writeUInt32BE(address, 16)
  message.copy(reply, 28, 28, 44)
  reply.writeUInt32BE(magic, 236)
  return reply
}

function datagram(body: Buffer, lease: Lease, isForAll: boolean): Buffer {
  const head = Buffer.alloc(28)
  head.writeUInt8(0x45, 0)
  head.writeUInt16BE(28 + body.length, 2)
  head.writeUInt8(64, 8)
  head.writeUInt8(udp, 9)
  head.writeUInt32BE(parseIpv4(serverOf(lease)), 12)
  head.writeUInt32BE(isForAll ? 0xffffffff : parseIpv4(lease.address), 16)
  head.writeUInt16BE(checksum(head.subarray(0, 20)), 10)
  head.writeUInt16BE(serverPort, 20)
  head.writeUInt16BE(clientPort, 22)
  head.writeUInt16BE(8 + body.length, 24)
  // A UDP checksum of zero means none, which IPv4 allows.
  return Buffer.concat([head, body])
}

function addresses(list: readonly string[]): Buffer {
  return Buffer.concat(list.map((address) => number(parseIpv4(address))))
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
