import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { addNode, now } from './sample-records.ts'

const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000)

export function describeRejections(store: () => Store): void {
  describe('rejections', () => {
    const wrongToken = { code: 4002, reason: 'Invalid node token' }
    const events = async () =>
      (await store().events({ grid: 'prod', limit: 100 })).filter(
        ({ type }) => type === 'node:rejected',
      )
    const read = () => store().node('prod', 'web-1')

    it('stay with a node until it is connected, and are events by their codes', async () => {
      const { key } = await addNode(store(), 'web-1')
      await store().recordRejection(key, wrongToken, at(1))
      await store().recordRejection(key, { ...wrongToken, times: 40 }, at(2))
      expect(await read()).toMatchObject({ rejection: { ...wrongToken, at: at(2) } })
      expect(await events()).toMatchObject([
        {
          node: 'web-1',
          time: at(1),
          message: 'node web-1 rejected: Invalid node token (4002)',
          meta: wrongToken,
        },
      ])
      const tooNew = { code: 4010, reason: 'version', times: 3 }
      await store().recordRejection(key, tooNew, at(3))
      expect((await events()).map(({ meta }) => meta)).toEqual([wrongToken, tooNew])
      await store().openConnection(key, '2.0.0', at(4))
      expect((await read())?.rejection).toBeUndefined()
    })

    it('of others leave a connected node as it is', async () => {
      const { key } = await addNode(store(), 'web-1')
      await store().openConnection(key, '2.0.0', now)
      await store().recordRejection(key, wrongToken, at(1))
      expect((await read())?.rejection).toBeUndefined()
      expect(await events()).toHaveLength(1)
    })

    it('of a node that is gone are nothing', async () => {
      await store().recordRejection('nobody', wrongToken, at(1))
      expect(await events()).toEqual([])
    })
  })
}
