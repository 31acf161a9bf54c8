import { describe, expect, it } from 'vitest'
import { connectedAtHeader, readHandshake } from '../../src/gateway/handshake.ts'

describe('readHandshake', () => {
  it('reads what an agent says of itself', () => {
    const handshake = readHandshake({
      'kontena-node-id': 'AA:BB',
      'kontena-node-name': 'host-1',
      'kontena-version': '2.0.3',
      'kontena-node-labels': 'az=a, region=eu,,bad label,=x',
      'kontena-connected-at': '2018-03-01 12:00:00.123456789Z',
      'kontena-node-token': 'secret',
    })
    expect(handshake).toEqual({
      nodeId: 'AA:BB',
      name: 'host-1',
      version: '2.0.3',
      labels: ['az=a', 'region=eu'],
      connectedAt: new Date('2018-03-01T12:00:00.123Z'),
      token: { kind: 'node', secret: 'secret' },
    })
  })

  it('prefers the grid token, as the 1.5 master did', () => {
    const tokens = { 'kontena-grid-token': 'grid', 'kontena-node-token': 'node' }
    expect(readHandshake(tokens).token).toEqual({ kind: 'grid', secret: 'grid' })
  })

  it('takes blank headers for missing ones', () => {
    const handshake = readHandshake({ 'kontena-node-id': ' ', 'kontena-node-token': '' })
    expect(handshake).toMatchObject({ nodeId: undefined, name: undefined, token: undefined })
  })

  it('makes a host name that would break paths harmless', () => {
    expect(readHandshake({ 'kontena-node-name': 'a/b c.example' }).name).toBe('a-b-c.example')
  })

  it('makes a version that is none short and harmless', () => {
    const version = readHandshake({
      'kontena-version': `2.0\u001b[2J\u00e9${'x'.repeat(9_000)}`,
    }).version
    expect(version).toBe(`2.0??2J?${'x'.repeat(56)}`)
  })

  it.each(['', 'yesterday', '2018-03-01T12:00:00Z', '2018-99-01 12:00:00.0Z'])(
    'has no time where the header is %j',
    (text) => {
      expect(readHandshake({ 'kontena-connected-at': text }).connectedAt).toBeUndefined()
    },
  )

  it('writes times that it reads', () => {
    const time = new Date('2026-03-01T12:00:00.123Z')
    const header = connectedAtHeader(time)
    expect(header).toBe('2026-03-01 12:00:00.123000000Z')
    expect(readHandshake({ 'kontena-connected-at': header }).connectedAt).toEqual(time)
  })
})
