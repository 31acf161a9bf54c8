import type { HostStatistics } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import type { ConnectionKey } from '../../src/store/connection-store.ts'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, now } from './sample-records.ts'

function sample(used: number): HostStatistics {
  return {
    memory: { total: 100, free: 100 - used, used, active: 1, inactive: 2, cached: 3, buffers: 4 },
    load: { '1m': 1, '5m': 2, '15m': 3 },
    cpu: { num_cores: 2, system: 5.25, user: 10, nice: 0.254, idle: 184 },
    filesystem: [{ name: '/', free: 5, available: 4, used: 5, total: 10 }],
    network: {
      internal: traffic('weave', 10),
      external: traffic('eth0-with-a-long-name', 100),
    },
    time: '2026-03-01 12:00:00 UTC',
  }
}

/** A figure of its own for each column, so that none is taken for another. */
function traffic(name: string, base: number) {
  return {
    interfaces: [name],
    rx_bytes: base + 1,
    rx_bytes_per_second: base + 2,
    tx_bytes: base + 3,
    tx_bytes_per_second: base + 4,
  }
}

const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000)
const ever = { from: at(-7 * 86_400), to: at(7 * 86_400) }

export function describeStatistics(store: () => Store): void {
  const connect = async (name: string): Promise<ConnectionKey> => {
    const { key } = await addNode(store(), name)
    return { key, connection: (await store().openConnection(key, '2.0.0', now)) ?? 0 }
  }
  const report = (from: ConnectionKey, seconds: number, used = 60) =>
    store().recordStatistics(from, sample(used), at(seconds))

  describe('statistics', () => {
    it('of a minute are its last sample, in full', async () => {
      const web = await connect('web-1')
      await report(web, 1, 10)
      await report(web, 59, 60)
      expect(await store().usage([web.key], ever)).toEqual([
        {
          time: now,
          cpu: { used: 15.5, cores: 2 },
          memory: {
            used: 60,
            total: 100,
            free: 40,
            active: 1,
            inactive: 2,
            cached: 3,
            buffers: 4,
          },
          filesystem: { used: 5, total: 10 },
          network: {
            internal: traffic('weave', 10),
            external: traffic('eth0-with-a-lon', 100),
          },
        },
      ])
    })

    it('add up over nodes, minute by minute, oldest first', async () => {
      const [web, db] = [await connect('web-1'), await connect('db-1')]
      await report(web, 0, 60)
      await report(db, 30, 20)
      await report(web, 60, 70)
      const used = async (...keys: string[]) =>
        (await store().usage(keys, ever)).map(({ memory }) => memory.used)
      expect(await used(web.key, db.key)).toEqual([80, 70])
      expect(await used(db.key)).toEqual([20])
      expect(await used()).toEqual([])
    })

    it('are told of the minutes that are asked for', async () => {
      const web = await connect('web-1')
      for (const minute of [0, 1, 2, 3]) await report(web, minute * 60)
      const minutes = async (from: number, to: number) =>
        (await store().usage([web.key], { from: at(from), to: at(to) })).map(({ time }) => time)
      expect(await minutes(60, 120)).toEqual([at(60), at(120)])
      expect(await minutes(90, 100)).toEqual([at(60)])
    })

    it('count only from the newest connection', async () => {
      const old = await connect('web-1')
      await store().openConnection(old.key, '2.0.0', now)
      await report(old, 0)
      expect(await store().usage([old.key], ever)).toEqual([])
    })

    it('go with their node', async () => {
      const web = await connect('web-1')
      await report(web, 0)
      await store().disconnectAll(now)
      await store().removeNode('prod', 'web-1', actor, now)
      expect(await store().usage([web.key], ever)).toEqual([])
    })

    it('are forgotten when they are old, or too many', async () => {
      const [web, db] = [await connect('web-1'), await connect('db-1')]
      for (const minute of [0, 1, 2, 3]) {
        await report(web, minute * 60)
        await report(db, minute * 60)
      }
      const minutes = async () =>
        (await store().usage([web.key, db.key], ever)).map(({ time }) => time)
      await store().trimStatistics({ since: at(60), samples: 100 })
      expect(await minutes()).toEqual([at(60), at(120), at(180)])
      await store().trimStatistics({ since: at(60), samples: 3 })
      expect(await minutes()).toEqual([at(120), at(180)])
      await store().trimStatistics({ since: at(60), samples: 1 })
      expect(await minutes()).toEqual([at(180)])
    })
  })
}
