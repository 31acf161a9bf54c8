import { describe, expect, it } from 'vitest'
import type { AgentConnection } from '../../src/gateway/agent-connection.ts'
import { agentRegistry } from '../../src/gateway/agent-registry.ts'

function agent(key: string, connection: number, grid = 'prod') {
  const closes: string[] = []
  let end = (_code: number): void => {}
  const made: AgentConnection = {
    key,
    grid,
    name: key,
    connection,
    closed: new Promise((resolve) => {
      end = resolve
    }),
    connectedAt: new Date('2026-03-01T12:00:00Z'),
    send: () => {},
    ask: async () => ({ outcome: 'disconnected' }),
    close: (reason, text) => closes.push(`${reason}: ${text}`),
  }
  return { made, closes, end: (code = 1000) => end(code) }
}

describe('agentRegistry', () => {
  it('closes the older of two connections, in whichever order they come', () => {
    for (const isOldFirst of [true, false]) {
      const registry = agentRegistry({ onContested: () => {} })
      const [old, fresh] = [agent('web-1', 1), agent('web-1', 2)]
      for (const { made } of isOldFirst ? [old, fresh] : [fresh, old]) registry.add(made)
      expect(old.closes).toEqual([
        'replacedByNewConnection: host node web-1 connection conflict with new connection at 2026-03-01 12:00:00 UTC',
      ])
      expect(fresh.closes).toEqual([])
      expect(registry.find('web-1')).toBe(fresh.made)
    }
  })

  it('forgets a connection that is closed, but not the one that came in its place', async () => {
    const registry = agentRegistry({ onContested: () => {} })
    const [old, fresh] = [agent('web-1', 1), agent('web-1', 2)]
    registry.add(old.made)
    registry.add(fresh.made)
    old.end()
    await old.made.closed
    expect(registry.find('web-1')).toBe(fresh.made)
    fresh.end()
    await fresh.made.closed
    expect(registry.all()).toEqual([])
  })

  it('tells of an agent that lost its node and was alive to hear so', async () => {
    const contested: string[] = []
    const registry = agentRegistry({ onContested: ({ name }) => contested.push(name) })
    for (const [name, code] of [
      ['dead', 1006],
      ['alive', 4041],
    ] as const) {
      const old = agent(name, 1)
      registry.add(old.made)
      registry.add(agent(name, 2).made)
      old.end(code)
      await old.made.closed
    }
    expect(contested).toEqual(['alive'])
  })

  it('lists a node that connects again once in its grid', () => {
    const registry = agentRegistry({ onContested: () => {} })
    for (const connection of [1, 2, 3]) registry.add(agent('web-1', connection).made)
    registry.add(agent('web-1', 2).made)
    expect(registry.ofGrid('prod').map(({ connection }) => connection)).toEqual([3])
  })

  it('tells the agents of one grid from those of another', () => {
    const registry = agentRegistry({ onContested: () => {} })
    const [one, other] = [agent('a', 1, 'prod'), agent('b', 1, 'test')]
    registry.add(one.made)
    registry.add(other.made)
    expect(registry.ofGrid('prod')).toEqual([one.made])
    expect(registry.ofGrid('nothing')).toEqual([])
    expect(registry.all()).toHaveLength(2)
  })
})
