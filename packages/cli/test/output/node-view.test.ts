import { grid as gridSchema, node as nodeSchema } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { gridHealth, nodeIcon } from '../../src/output/health.ts'
import { formatLoad, formatUsage, readHostLoad } from '../../src/output/host-statistics.ts'
import { nodeState } from '../../src/output/node-state.ts'
import { style } from '../../src/output/style.ts'

const plain = style(false)
const now = Date.parse('2026-03-01T12:00:00Z')

function nodeOf(fields: Record<string, unknown> = {}) {
  return nodeSchema.parse({
    id: 'prod/web-1',
    node_id: null,
    name: 'web-1',
    status: 'online',
    connected: true,
    updated: true,
    availability: 'active',
    has_token: true,
    labels: [],
    node_number: 1,
    initial_member: true,
    created_at: '2026-02-26T11:00:00Z',
    connected_at: '2026-03-01T09:30:00Z',
    ...fields,
  })
}

function gridOf(size: number) {
  return gridSchema.parse({
    id: 'prod',
    name: 'prod',
    token: 't',
    initial_size: size,
    subnet: '10.81.0.0/16',
    supernet: '10.80.0.0/12',
  })
}

describe('nodeState', () => {
  it.each([
    [{ status: 'created' }, 'created 3d'],
    [{ status: 'online' }, 'online 2h'],
    [{ status: 'connecting', connected_at: '2026-03-01T11:59:55Z' }, 'connecting 5s'],
    [{ status: 'drain' }, 'drain'],
    [{ status: 'offline', disconnected_at: '2026-03-01T11:58:59Z' }, 'offline 1m'],
    [{ status: 'offline', last_seen_at: '2026-03-01T11:00:00Z' }, 'offline 1h'],
    [{ status: 'offline' }, 'offline '],
    [{ status: 'online', connected_at: '2026-03-01T12:00:09Z' }, 'online 0s'],
  ])('says %j as %s', (fields, text) => {
    const cell = nodeState(nodeOf(fields), now, plain)
    expect(typeof cell === 'string' ? cell : cell.text).toBe(text)
  })
})

describe('gridHealth', () => {
  const nodes = (...connected: boolean[]) =>
    connected.map((isConnected) => nodeOf({ connected: isConnected }))

  it.each([
    [3, [true, true, true], 'ok'],
    [3, [true, true, false], 'warning'],
    [3, [true, false, false], 'error'],
    [1, [true], 'ok'],
    [1, [], 'error'],
  ] as const)('of %i initial nodes with %j is %s', (size, connected, health) => {
    expect(gridHealth(gridOf(size), nodes(...connected))).toBe(health)
  })

  it('counts no nodes but the initial ones', () => {
    expect(gridHealth(gridOf(1), [nodeOf({ initial_member: false })])).toBe('error')
  })
})

describe('nodeIcon', () => {
  it.each([
    [{ connected: false }, 'ok', '⊝'],
    [{}, 'ok', '⊛'],
    [{}, 'warning', '⊙'],
    [{}, 'error', '⊗'],
    [{ initial_member: false }, 'error', '⊛'],
  ] as const)('of %j in a grid that is %s is %s', (fields, health, symbol) => {
    expect(nodeIcon(nodeOf({ ...fields }), health, plain).symbol).toBe(symbol)
  })
})

describe('readHostLoad', () => {
  const gigabyte = 2 ** 30

  it('leaves caches out of the memory in use', () => {
    const memory = { used: 4 * gigabyte, total: 8 * gigabyte, cached: gigabyte, buffers: gigabyte }
    expect(readHostLoad({ memory }).memory).toEqual({ used: 2 * gigabyte, total: 8 * gigabyte })
  })

  it('knows nothing before an agent has reported', () => {
    expect(readHostLoad({})).toEqual({ load: undefined, memory: undefined, filesystems: [] })
  })

  it('leaves out what it does not understand, and shows the rest', () => {
    const usage = { load: 'high', filesystem: [{ name: '/', used: 1, total: 2 }], extra: {} }
    expect(readHostLoad(usage)).toMatchObject({
      load: undefined,
      filesystems: [{ name: '/', used: 1, total: 2 }],
    })
  })

  it('writes sizes and loads as 1.5 did', () => {
    expect(formatUsage({ used: 0.39 * gigabyte, total: 0.97 * gigabyte })).toBe('0.39 of 0.97 GB')
    expect(formatLoad([0.4, 0.333, 12])).toBe('0.4 0.3 12.0')
  })
})
