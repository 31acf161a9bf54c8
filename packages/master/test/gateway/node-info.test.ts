import { decodeFrame } from '@kontena/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodedPeers } from '../../src/gateway/encoded-peers.ts'
import { nodeInfoFor, nodeInfoFrame } from '../../src/gateway/node-info.ts'
import { peerAddresses } from '../../src/grid/peer-addresses.ts'
import type { BriefNode, PeerRecord } from '../../src/store/node-store.ts'
import type { GridRecord } from '../../src/store/records.ts'
import { newGrid, now } from '../store/sample-records.ts'

const grid: GridRecord = {
  ...newGrid('prod'),
  statsd: undefined,
  logs: undefined,
  createdAt: now,
  nodeCount: 0,
  userCount: 0,
  behind: { event: 0, auditEntry: 0 },
}

function briefNode({ key, labels }: Pick<PeerRecord, 'key' | 'labels'>): BriefNode {
  return { key, labels, nodeId: key, name: key, number: 1, createdAt: now, updatedAt: now }
}

function peer(key: string, addresses: [string?, string?], labels: string[] = []): PeerRecord {
  const [privateAddress, publicAddress] = addresses
  return { key, labels, privateAddress, publicAddress }
}

describe('the peers of a node', () => {
  it('are reached at private addresses in its region and at public ones elsewhere', () => {
    const peersOf = peerAddresses([
      peer('a', ['10.0.0.1', '198.51.100.1'], ['region=eu']),
      peer('b', ['10.0.0.2', '198.51.100.2'], ['region=eu']),
      peer('c', ['10.0.0.3', '198.51.100.3']),
      peer('d', []),
    ])
    expect(peersOf({ key: 'a', labels: ['region=eu'] })).toEqual(['10.0.0.2', '198.51.100.3'])
    expect(peersOf({ key: 'c', labels: ['region=default'] })).toEqual([
      '198.51.100.1',
      '198.51.100.2',
    ])
  })

  it('are told once where several have one address, and its own address where another has it too', () => {
    const shared: [string] = ['10.0.0.1']
    const peersOf = peerAddresses([peer('a', shared), peer('b', shared), peer('c', ['10.0.0.3'])])
    expect(peersOf({ key: 'a', labels: [] })).toEqual(['10.0.0.1', '10.0.0.3'])
    expect(peersOf({ key: 'c', labels: [] })).toEqual(['10.0.0.1'])
  })
})

const address = fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined })
const anyPeers = fc.uniqueArray(
  fc.record({
    key: fc.uuid(),
    labels: fc.constantFrom([], ['region=eu'], ['region=us', 'az=1']),
    privateAddress: address,
    publicAddress: address,
  }),
  { selector: ({ key }) => key, maxLength: 40 },
)

describe('the frame of a node’s info', () => {
  it('says the same as the info, whatever the peers are', () => {
    fc.assert(
      fc.property(anyPeers, (peers) => {
        const [plain, encoded] = [peerAddresses(peers), encodedPeers(peers)]
        for (const each of peers) {
          const node = briefNode(each)
          expect(decodeFrame(nodeInfoFrame(grid, node, encoded))).toEqual({
            type: 'notification',
            method: '/agent/node_info',
            params: [nodeInfoFor(grid, node, plain(each))],
          })
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([0, 1, 16, 17, 65_536, 65_537])('holds the peers of a grid of %d nodes', (count) => {
    const peers = Array.from({ length: count }, (_, index) =>
      peer(`node-${index}`, [`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`]),
    )
    const node = briefNode({ key: 'node-0', labels: [] })
    const frame = decodeFrame(nodeInfoFrame(grid, node, encodedPeers(peers)))
    expect(frame).toMatchObject({ params: [{ peer_ips: { length: Math.max(0, count - 1) } }] })
  })
})
