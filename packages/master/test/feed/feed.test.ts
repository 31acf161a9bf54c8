import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openEvents } from '../fixtures/event-reader.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

interface Feed extends TestMaster {
  readonly events: string
  /** Those who watch the store itself. */
  watchers(): number
}

async function openFeed(options: Parameters<typeof testMaster>[0] = {}): Promise<Feed> {
  const master = await testMaster(options)
  onTestFinished(() => master.close())
  await master.send('/v1/grids', { method: 'POST', body: { name: 'blue' } })
  await master.send('/v1/grids/blue/nodes', { method: 'POST', body: { name: 'web-1' } })
  const watchers = countWatchers(master.store)
  const url = await master.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...master, events: `${url}/v1/grids/blue/events`, watchers }
}

function countWatchers(store: Store): () => number {
  const { watchEvents } = store
  let count = 0
  store.watchEvents = (listener) => {
    count += 1
    const stop = watchEvents(listener)
    return () => {
      count -= 1
      stop()
    }
  }
  return () => count
}

/** An event of some hundred kilobytes. */
async function bigEvent({ send }: TestMaster, mark: string): Promise<void> {
  const labels = Array.from({ length: 1_000 }, (_, index) => `${mark}-${index}=${'x'.repeat(200)}`)
  const changed = await send('/v1/nodes/blue/web-1', { method: 'PUT', body: { labels } })
  expect(changed.status).toBe(200)
}

describe('those who follow events', () => {
  it('cost one look at the store together, however many they are', async () => {
    const master = await openFeed()
    const { token } = { token: master.admin }
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => openEvents(master.events, { token })),
    )
    await Promise.all(readers.map((reader) => reader.block()))
    const reads = vi.spyOn(master.store, 'events')
    await master.send('/v1/nodes/blue/web-1', { method: 'PUT', body: { labels: ['a=b'] } })
    const told = await Promise.all(readers.map((reader) => reader.next()))
    expect(new Set(told.map((block) => block?.event))).toEqual(new Set(['node:updated']))
    expect(master.watchers()).toBe(1)
    expect(reads).not.toHaveBeenCalled()
  })

  it('leave nothing behind when they go', async () => {
    const master = await openFeed()
    const readers = await Promise.all(
      Array.from({ length: 20 }, () => openEvents(master.events, { token: master.admin })),
    )
    await Promise.all(readers.map((reader) => reader.block()))
    expect(master.watchers()).toBe(1)
    for (const reader of readers) reader.leave()
    await expect.poll(() => master.watchers()).toBe(0)
    const late = await openEvents(master.events, { token: master.admin })
    await late.block()
    await master.send('/v1/nodes/blue/web-1', { method: 'PUT', body: { labels: ['a=b'] } })
    expect(await late.next()).toMatchObject({ event: 'node:updated' })
  })

  it('leave nothing behind when they were refused', async () => {
    const master = await openFeed()
    expect((await master.send('/v1/grids/blue/events', { token: 'none' })).status).toBe(403)
    expect((await master.send('/v1/grids/blue/events?after=x')).status).toBe(422)
    const head = await fetch(master.events, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${master.admin}` },
    })
    expect(head.status).toBe(404)
    expect(master.watchers()).toBe(0)
  })

  it('are cut off when they do not read, and go on later; the others get all in the meantime', async () => {
    const master = await openFeed({ heartbeat: 100 })
    const { port, pathname } = new URL(master.events)
    const slow = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void slow.destroy())
    slow.on('error', () => {})
    await once(slow, 'connect')
    slow.write(
      `GET ${pathname} HTTP/1.1\r\nhost: master\r\nauthorization: Bearer ${master.admin}\r\n\r\n`,
    )
    await once(slow, 'readable')
    const quick = await openEvents(master.events, { token: master.admin })
    await quick.block()
    const count = 60
    const reading = quick.take(count)
    for (let number = 0; number < count; number++) await bigEvent(master, `m${number}`)
    expect(await reading).toHaveLength(count)
    quick.leave()
    await expect.poll(() => master.watchers(), { timeout: 5_000 }).toBe(0)

    let text = ''
    slow.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await once(slow, 'close')
    const ids = [...text.matchAll(/^id: (\d+)\nevent/gm)].map(([, id]) => Number(id))
    expect(ids.length).toBeLessThan(count)
    const again = await openEvents(master.events, { token: master.admin, after: ids.at(-2) })
    expect(Number((await again.next())?.id)).toBe(ids.at(-1))
  })
})
