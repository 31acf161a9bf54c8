import { describe, expect, it, onTestFinished } from 'vitest'
import { openEvents } from '../fixtures/event-reader.ts'
import { issueToken, system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

interface Listening extends TestMaster {
  readonly url: string
}

/** A master with the grids blue and green, that can be reached. */
async function listening(options: Parameters<typeof testMaster>[0] = {}): Promise<Listening> {
  const master = await testMaster(options)
  onTestFinished(() => master.close())
  for (const name of ['blue', 'green']) {
    await master.send('/v1/grids', { method: 'POST', body: { name } })
  }
  const url = await master.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...master, url }
}

const addNode = async ({ send }: TestMaster, name: string, grid = 'blue'): Promise<void> => {
  const made = await send(`/v1/grids/${grid}/nodes`, { method: 'POST', body: { name } })
  expect(made.status).toBe(201)
}

const newest = async ({ store }: TestMaster): Promise<number> => (await store.eventRange()).newest

describe('the stream of events of a grid', () => {
  it('tells what happens from now on, with the id to go on from', async () => {
    const master = await listening()
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, { token: master.admin })
    expect(events.status).toBe(200)
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    expect(events.headers.get('x-kontena-version')).toBe('2.0.0')
    const before = await newest(master)
    expect(await events.block()).toEqual({ id: String(before), event: undefined, data: undefined })

    await addNode(master, 'elsewhere', 'green')
    await addNode(master, 'web-1')
    expect(await events.next()).toMatchObject({
      event: 'node:created',
      data: {
        type: 'node:created',
        severity: 1,
        created_at: '2026-03-01T12:00:00.000Z',
        message: 'create node web-1 by admin',
        meta: { after: { labels: [] } },
        relationships: [{ id: 'blue/web-1', type: 'node' }],
      },
    })
  })

  it('goes on where a reader stopped, without a gap or a double', async () => {
    const master = await listening()
    const url = `${master.url}/v1/grids/blue/events`
    const first = await openEvents(url, { token: master.admin })
    await addNode(master, 'web-1')
    const last = await first.next()
    first.leave()
    await addNode(master, 'web-2')
    await addNode(master, 'other', 'green')
    await addNode(master, 'web-3')

    const second = await openEvents(url, { token: master.admin, after: last?.id })
    await addNode(master, 'web-4')
    const told = await second.take(3)
    expect(told.map(({ data }) => Object(data).relationships[0].id)).toEqual([
      'blue/web-2',
      'blue/web-3',
      'blue/web-4',
    ])
  })

  it('loses nothing of what happens while somebody catches up', async () => {
    const master = await listening()
    const after = await newest(master)
    const wanted = Array.from({ length: 250 }, (_, index) => `web-${index + 1}`)
    const [early, late] = [wanted.slice(0, 220), wanted.slice(220)]
    for (const name of early) await addNode(master, name)
    const events = await openEvents(`${master.url}/v1/grids/blue/events?after=${after}`, {
      token: master.admin,
    })
    const adding = Promise.all(late.map((name) => addNode(master, name)))
    const told = await events.take(wanted.length)
    await adding
    const names = told.map(({ data }) => Object(data).relationships[0].id.split('/')[1])
    expect([...names].sort()).toEqual([...wanted].sort())
    const ids = told.map(({ id }) => Number(id))
    expect(ids).toEqual([...ids].sort((one, other) => one - other))
  })

  it('tells a reader who missed events that are no more to read its list anew', async () => {
    const master = await listening()
    for (const name of ['web-1', 'web-2', 'web-3']) await addNode(master, name)
    await master.store.trimEvents({ events: 2, auditEntries: 1_000 })
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, {
      token: master.admin,
      after: 1,
    })
    expect(await events.next()).toMatchObject({ event: 'reset', data: {} })
    const kept = await events.take(2)
    expect(kept.map(({ data }) => Object(data).message)).toEqual([
      'create node web-2 by admin',
      'create node web-3 by admin',
    ])
  })

  it('tells the same to one who knows more than there is, as after a restored backup', async () => {
    const master = await listening()
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, {
      token: master.admin,
      after: 1_000_000,
    })
    const last = await newest(master)
    expect(await events.next()).toMatchObject({ event: 'reset', id: String(last) })
    await addNode(master, 'web-1')
    expect(await events.next()).toMatchObject({ event: 'node:created' })
  })

  it('tells only of the types and nodes that are asked for', async () => {
    const master = await listening()
    const open = (query: string) =>
      openEvents(`${master.url}/v1/grids/blue/events?${query}`, { token: master.admin })
    const removals = await open('types=node:removed,grid:removed')
    const second = await open('node=web-2')
    for (const name of ['web-1', 'web-2']) await addNode(master, name)
    await master.send('/v1/nodes/blue/web-1', { method: 'DELETE' })
    expect(await removals.next()).toMatchObject({ event: 'node:removed' })
    expect(await second.next()).toMatchObject({
      data: { relationships: [{ id: 'blue/web-2', type: 'node' }] },
    })
  })

  it('shows that it is alive, and moves on past what it does not tell', async () => {
    const master = await listening({ heartbeat: 20 })
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, { token: master.admin })
    const opening = await events.block()
    await addNode(master, 'other', 'green')
    const now = String(await newest(master))
    expect(opening?.id).not.toBe(now)
    let id = opening?.id
    while (id !== now) id = (await events.block())?.id
    expect(id).toBe(now)
  })

  it('shows that it is alive also while it leaves out all that happens', async () => {
    const master = await listening({ heartbeat: 50 })
    const events = await openEvents(`${master.url}/v1/grids/blue/events?types=grid:removed`, {
      token: master.admin,
    })
    let isRead = false
    const reading = events
      .block()
      .then(() => events.block())
      .finally(() => {
        isRead = true
      })
    for (let number = 1; !isRead; number++) {
      await addNode(master, `web-${number}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await reading).toMatchObject({ event: undefined, id: expect.any(String) })
  })

  it('tells nothing of a grid of the same name that is no more', async () => {
    const master = await listening()
    const after = await newest(master)
    await master.send('/v1/grids/green', { method: 'DELETE' })
    // Whatever the clock says by then.
    master.clock.advance(-3_600_000)
    await master.send('/v1/grids', { method: 'POST', body: { name: 'green' } })
    master.clock.advance(-3_600_000)
    await addNode(master, 'other', 'green')
    const events = await openEvents(`${master.url}/v1/grids/green/events`, {
      token: master.admin,
      after: after - 2,
    })
    const told = await events.take(2)
    expect(told.map(({ event }) => event)).toEqual(['grid:created', 'node:created'])
  })

  it.each(['after=-1', 'after=some', 'types=node:exploded'])('refuses ?%s', async (query) => {
    const master = await listening()
    const reply = await master.send(`/v1/grids/blue/events?${query}`)
    expect(reply.status).toBe(422)
  })

  it('refuses a last event that is no number', async () => {
    const master = await listening()
    const headers = { 'last-event-id': 'yesterday' }
    const reply = await master.send('/v1/grids/blue/events', { headers })
    expect(reply).toMatchObject({ status: 422 })
  })
})

describe('who may follow events', () => {
  it('lets members of the grid, and nobody else', async () => {
    const master = await listening()
    const member = await master.loginAs('member@example.com', [], ['blue'])
    const url = `${master.url}/v1/grids/blue/events`
    expect((await openEvents(url, { token: member })).status).toBe(200)
    const stranger = await master.loginAs('stranger@example.com', ['grid_admin'], ['green'])
    const refused = await master.send('/v1/grids/blue/events', { token: stranger })
    expect(refused).toMatchObject({ status: 403, body: { error: 'Access denied' } })
    const missing = await master.send('/v1/grids/none/events')
    expect(missing).toMatchObject({ status: 404, body: { error: 'Not found' } })
  })

  it('lets only administrators of the master follow all of it', async () => {
    const master = await listening()
    const userAdmin = await master.loginAs('people@example.com', ['user_admin'], ['blue'])
    expect(await master.send('/v1/events', { token: userAdmin })).toMatchObject({ status: 403 })
    const events = await openEvents(`${master.url}/v1/events`, { token: master.admin })
    await master.loginAs('new@example.com', [])
    await addNode(master, 'web-1', 'green')
    expect(await events.next()).toMatchObject({ event: 'user:created' })
    expect(await events.next()).toMatchObject({ event: 'token:created' })
    let event = await events.next()
    while (event?.event === 'token:created') event = await events.next()
    expect(event).toMatchObject({ data: { relationships: [{ id: 'green/web-1', type: 'node' }] } })
  })

  it('ends for somebody who is no member any more, before he reads what comes next', async () => {
    const master = await listening()
    const token = await master.loginAs('member@example.com', [], ['blue'])
    const user = await master.store.user('member@example.com')
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, { token })
    await events.block()
    await master.store.addMember('blue', 'none', system, master.clock())
    const admin = await master.store.user('admin')
    await master.store.addMember('blue', admin?.id ?? '', system, master.clock())
    await master.store.removeMember('blue', user?.id ?? '', system, master.clock())
    await addNode(master, 'secret')
    expect(await events.next()).toBeUndefined()
  })

  it('ends when the login does', async () => {
    const master = await listening({ heartbeat: 20 })
    const user = await master.store.user('admin')
    const token = await issueToken(master.store, user?.id ?? '', {
      clock: master.clock,
      lifetime: 60,
    })
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, { token })
    await events.block()
    master.clock.advance(61_000)
    expect(await events.next()).toBeUndefined()
  })

  it('ends when the grid is gone', async () => {
    const master = await listening()
    const events = await openEvents(`${master.url}/v1/grids/green/events`, { token: master.admin })
    await events.block()
    await master.send('/v1/grids/green', { method: 'DELETE' })
    expect(await events.next()).toBeUndefined()
  })

  it('ends when the master does, which does not wait for readers', async () => {
    const master = await listening()
    const events = await openEvents(`${master.url}/v1/grids/blue/events`, { token: master.admin })
    await events.block()
    await master.app.close()
    expect(await events.next()).toBeUndefined()
  })
})
