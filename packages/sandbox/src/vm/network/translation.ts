import { adjust } from './checksum.ts'
import { type Ipv4Packet, tcp } from './frame.ts'

export interface Target {
  readonly address: number
  readonly port: number
}

/** Rewrites, in place, where packets of one machine go to, and back what is answered. */
export interface Translation {
  outward(packet: Ipv4Packet): void
  inward(packet: Ipv4Packet): void
}

/**
 * Lets a machine be called from one of its own addresses, which happens on a computer that takes them for
 * its own too: such callers look to the machine as if they were at `host`.
 */
export function openDisguise(host: number): Translation {
  const callers = new Map<string, Target>()
  return {
    inward(packet) {
      const { segment, source } = packet
      if (segment === undefined) return
      const port = segment.readUInt16BE(0)
      const key = keyOf(packet, { own: segment.readUInt16BE(2), peer: { address: host, port } })
      remember(callers, key, { address: source, port })
      rewrite(packet, { addressAt: 12, portAt: 0 }, { address: host, port })
    },
    outward(packet) {
      const { segment, destination: address } = packet
      if (segment === undefined) return
      const peer = { address, port: segment.readUInt16BE(2) }
      const caller = callers.get(keyOf(packet, { own: segment.readUInt16BE(0), peer }))
      if (caller !== undefined) rewrite(packet, { addressAt: 16, portAt: 2 }, caller)
    },
  }
}

/** More than any machine has open at once; the oldest are forgotten first. */
const mostKept = 4096

/** @param redirect where a packet for this address and port is to go instead, if anywhere */
export function openTranslation(
  redirect: (target: Target, protocol: number) => Target | undefined,
): Translation {
  const originals = new Map<string, Target>()
  return {
    outward(packet) {
      const { segment, protocol } = packet
      if (segment === undefined) return
      const original = { address: packet.destination, port: segment.readUInt16BE(2) }
      const target = redirect(original, protocol)
      if (target === undefined) return
      const key = keyOf(packet, { own: segment.readUInt16BE(0), peer: target })
      remember(originals, key, original)
      rewrite(packet, { addressAt: 16, portAt: 2 }, target)
    },
    inward(packet) {
      const { segment } = packet
      if (segment === undefined) return
      const peer = { address: packet.source, port: segment.readUInt16BE(0) }
      const original = originals.get(keyOf(packet, { own: segment.readUInt16BE(2), peer }))
      if (original !== undefined) rewrite(packet, { addressAt: 12, portAt: 0 }, original)
    },
  }
}

function remember(kept: Map<string, Target>, key: string, target: Target): void {
  kept.delete(key)
  kept.set(key, target)
  const [oldest] = kept.keys()
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
}

function keyOf(
  { protocol }: Ipv4Packet,
  { own, peer }: { readonly own: number; readonly peer: Target },
): string {
  return `${protocol} ${own} ${peer.address} ${peer.port}`
}

interface Place {
  readonly addressAt: number
  readonly portAt: number
}

function rewrite(
  { bytes, segment, protocol }: Ipv4Packet,
  { addressAt, portAt }: Place,
  to: Target,
): void {
  if (segment === undefined) return
  const head = [bytes.readUInt16BE(addressAt), bytes.readUInt16BE(addressAt + 2)] as const
  const port = segment.readUInt16BE(portAt)
  bytes.writeUInt32BE(to.address, addressAt)
  segment.writeUInt16BE(to.port, portAt)
  const after = [bytes.readUInt16BE(addressAt), bytes.readUInt16BE(addressAt + 2)] as const
  const changeAddress = (sum: number) => adjust(adjust(sum, head[0], after[0]), head[1], after[1])
  bytes.writeUInt16BE(changeAddress(bytes.readUInt16BE(10)), 10)
  const sumAt = protocol === tcp ? 16 : 6
  const sum = segment.readUInt16BE(sumAt)
  // UDP without a checksum stays without one.
  if (protocol !== tcp && sum === 0) return
  segment.writeUInt16BE(adjust(changeAddress(sum), port, to.port), sumAt)
}
