import { peerLists } from '../grid/peer-addresses.ts'
import type { PeerRecord } from '../store/node-store.ts'

/** A list of addresses in MessagePack, in pieces. */
export type EncodedPeers = (node: Pick<PeerRecord, 'key' | 'labels'>) => readonly Uint8Array[]

/**
 * Encodes the peers of each node of a grid. The lists of a region's nodes differ by one address, so
 * each address is encoded once for all of them; else a thousand nodes would take a million.
 */
export function encodedPeers(peers: readonly PeerRecord[]): EncodedPeers {
  const listFor = peerLists(peers)
  const encoded = new Map<readonly string[], EncodedList>()
  return (node) => {
    const { addresses, own } = listFor(node)
    const list = encoded.get(addresses) ?? encode(addresses)
    encoded.set(addresses, list)
    if (own === undefined) return [listHeader(addresses.length), list.bytes]
    return [
      listHeader(addresses.length - 1),
      list.bytes.subarray(0, list.starts[own]),
      list.bytes.subarray(list.starts[own + 1]),
    ]
  }
}

interface EncodedList {
  readonly bytes: Uint8Array
  /** Where each address begins, and where the last one ends. */
  readonly starts: readonly number[]
}

function encode(addresses: readonly string[]): EncodedList {
  const pieces = addresses.map(encodeAddress)
  const starts = [0]
  for (const { length } of pieces) starts.push((starts.at(-1) ?? 0) + length)
  return { bytes: Buffer.concat(pieces), starts }
}

/**
 * Formats `fixstr` and `str 8`: addresses are ASCII and shorter than 256.
 * github.com/msgpack/msgpack/blob/master/spec.md
 */
function encodeAddress(address: string): Uint8Array {
  const head = address.length < 32 ? [0xa0 | address.length] : [0xd9, address.length]
  return Buffer.concat([Buffer.from(head), Buffer.from(address, 'latin1')])
}

/** Formats `fixarray`, `array 16` and `array 32`. */
function listHeader(length: number): Uint8Array {
  if (length < 16) return Buffer.from([0x90 | length])
  const header = Buffer.alloc(length < 65_536 ? 3 : 5)
  header[0] = length < 65_536 ? 0xdc : 0xdd
  header.writeUIntBE(length, 1, header.length - 1)
  return header
}
