import { describe, expect, test } from 'vitest'
import { launchTags } from '../src/tags.ts'
import { dropletJson, problem, startApiStub } from './api-stub.ts'
import { call, newOwner, openSession } from './orders.ts'

const owner = newOwner()
const tags = launchTags({ owner, order: 'o', token: 'o-0', tags: {} })
const droplet = (id: number, changes: Readonly<Record<string, unknown>> = {}) =>
  dropletJson(id, { tags, ...changes })

describe('a lookup by owner', () => {
  test('asks for one tag and reads all pages', async () => {
    const api = await startApiStub()
    const next = `${api.url}/v2/droplets?page=2`
    api.answer(
      'GET /v2/droplets',
      { json: { droplets: [droplet(1)], links: { pages: { next } } } },
      { json: { droplets: [droplet(1), droplet(2)], links: {} } },
    )
    const machines = await (await openSession()).find({ owner }, call)
    expect(machines.map(({ id }) => id)).toEqual(['1', '2'])
    expect(api.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { page: '1', per_page: '200', tag_name: `kontena:master:${owner.master}` },
      { page: '2', per_page: '200', tag_name: `kontena:master:${owner.master}` },
    ])
  })

  test('ends where a page is empty, whatever it says of a next one', async () => {
    const api = await startApiStub()
    const links = { pages: { next: `${api.url}/v2/droplets?page=2` } }
    api.answer('GET /v2/droplets', { json: { droplets: [], links } })
    expect(await (await openSession()).find({ owner }, call)).toEqual([])
    expect(api.requests).toHaveLength(1)
  })

  test('asks for the tag of the order where one is named', async () => {
    const api = await startApiStub()
    api.answer('GET /v2/droplets', { json: { droplets: [droplet(1)] } })
    await (await openSession()).find({ owner, order: 'o' }, call)
    expect(api.requests[0]?.query.get('tag_name')).toMatch(/^kontena:order:[0-9a-f]{8}:o$/)
  })

  test('leaves out what carries the tag and is not of this grid, order or region', async () => {
    const api = await startApiStub()
    const of = (changes: object) =>
      launchTags({ owner, order: 'o', token: 'o-0', tags: {}, ...changes })
    api.answer('GET /v2/droplets', {
      json: {
        droplets: [
          droplet(1),
          droplet(2, { tags: of({ owner: { ...owner, grid: 'other' } }) }),
          droplet(3, { tags: of({ order: 'p' }) }),
          droplet(4, { region: { slug: 'ams3' } }),
          droplet(5, { tags: null }),
        ],
      },
    })
    const session = await openSession()
    const ids = async (order?: string) => {
      const query = order === undefined ? { owner } : { owner, order }
      return (await session.find(query, call)).map(({ id }) => id)
    }
    expect(await ids('o')).toEqual(['1'])
    expect(await ids()).toEqual(['1', '3'])
  })

  test('of a tag that nothing ever had finds nothing', async () => {
    const api = await startApiStub()
    api.answer('GET /v2/droplets', problem(404, 'not_found'))
    expect(await (await openSession()).find({ owner }, call)).toEqual([])
  })
})

describe('a lookup by ids', () => {
  test('of a hundred machines of one owner is one call', async () => {
    const api = await startApiStub()
    const all = Array.from({ length: 100 }, (_, index) => droplet(index + 1))
    api.answer('GET /v2/droplets', { json: { droplets: all } })
    const ids = all.map(({ id }) => String(id))
    expect(await (await openSession()).find({ ids, owner }, call)).toHaveLength(100)
    expect(api.lines()).toEqual(['GET /v2/droplets'])
  })

  test('asks for each that the list does not have', async () => {
    const api = await startApiStub()
    api.answer('GET /v2/droplets', { json: { droplets: [droplet(1)] } })
    api.answer('GET /v2/droplets/2', { json: { droplet: droplet(2, { tags: [] }) } })
    const machines = await (await openSession()).find({ ids: ['1', '2', '3'], owner }, call)
    expect(machines.map(({ id, owner: of }) => ({ id, of }))).toEqual([
      { id: '1', of: owner },
      { id: '2', of: undefined },
    ])
    expect(api.lines()).toEqual(['GET /v2/droplets', 'GET /v2/droplets/2', 'GET /v2/droplets/3'])
  })

  test('without an owner lists nothing', async () => {
    const api = await startApiStub()
    await (await openSession()).find({ ids: ['1', '2'] }, call)
    expect(api.lines()).toEqual(['GET /v2/droplets/1', 'GET /v2/droplets/2'])
  })

  test('of what cannot be an id asks nothing', async () => {
    const api = await startApiStub()
    const ids = ['i-0123', '../account', '0', '-1', '1e3', '']
    expect(await (await openSession()).find({ ids, owner }, call)).toEqual([])
    await (await openSession()).terminate(ids, call)
    expect(api.requests).toEqual([])
  })
})

test.each([
  ['new', 'pending'],
  ['active', 'running'],
  ['off', 'stopped'],
  ['archive', 'stopped'],
  ['something new', 'pending'],
])('a droplet that is %s is a machine that is %s', async (status, state) => {
  const api = await startApiStub()
  api.answer('GET /v2/droplets/1', { json: { droplet: droplet(1, { status }) } })
  const [machine] = await (await openSession()).find({ ids: ['1'] }, call)
  expect(machine?.state).toBe(state)
})

test('a droplet has no addresses before it is up', async () => {
  const api = await startApiStub()
  const changes = { status: 'new', networks: { v4: [], v6: [] } }
  api.answer('GET /v2/droplets/1', { json: { droplet: droplet(1, changes) } })
  const [machine] = await (await openSession()).find({ ids: ['1'] }, call)
  expect(machine).toMatchObject({ publicAddress: undefined, privateAddress: undefined })
})

describe('taking machines away', () => {
  test('tries each, and tells of what is worse than busy', async () => {
    const api = await startApiStub()
    const busy = problem(422, 'unprocessable_entity', 'Droplet already has a pending event.')
    api.answer('DELETE /v2/droplets/1', busy)
    api.answer('DELETE /v2/droplets/2', problem(403, 'forbidden'))
    api.answer('DELETE /v2/droplets/3', { status: 204 })
    const session = await openSession()
    await expect(session.terminate(['1', '2', '3'], call)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('machine 2'),
    })
    expect(api.requests).toHaveLength(3)
    await expect(session.terminate(['1', '3'], call)).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('is not busy for one whose deletion goes on', async () => {
    const api = await startApiStub()
    const busy = problem(422, 'unprocessable_entity', 'Droplet already has a pending event.')
    api.answer('DELETE /v2/droplets/1', { status: 204 }, busy)
    const session = await openSession()
    await session.terminate(['1'], call)
    await expect(session.terminate(['1'], call)).resolves.toBeUndefined()
  })

  test('is not busy for one whose deletion may go on, as its answer was lost', async () => {
    const api = await startApiStub()
    const busy = problem(422, 'unprocessable_entity', 'Droplet already has a pending event.')
    api.answer('DELETE /v2/droplets/1', { hangUp: true }, busy)
    const session = await openSession()
    await expect(session.terminate(['1'], call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(session.terminate(['1'], call)).resolves.toBeUndefined()
  })

  test('shows one as going while DigitalOcean works on it, and as it was where that got lost', async () => {
    const api = await startApiStub()
    api.answer('DELETE /v2/droplets/1', { status: 204 })
    api.answer(
      'GET /v2/droplets/1',
      { json: { droplet: droplet(1, { locked: true }) } },
      { json: { droplet: droplet(1, { locked: false }) } },
    )
    const session = await openSession()
    await session.terminate(['1'], call)
    const states = []
    for (const _ of [1, 2]) {
      const [machine] = await session.find({ ids: ['1'] }, call)
      states.push(machine?.state)
    }
    expect(states).toEqual(['going', 'running'])
  })
})

describe('restarting machines', () => {
  const line = (id: number) => `POST /v2/droplets/${id}/actions`
  const busy = problem(422, 'unprocessable_entity', 'Droplet already has a pending event.')
  const begun = { status: 201, json: { action: { id: 1, status: 'in-progress' } } }

  test('again after one failed passes over those that restart already', async () => {
    const api = await startApiStub()
    api.answer(line(1), begun, busy)
    api.answer(line(2), problem(429, 'too_many_requests'), begun)
    const session = await openSession()
    const restart = async () => session.restart?.(['1', '2'], call)
    await expect(restart()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(restart()).resolves.toBeUndefined()
    expect(api.sent(line(2))).toEqual([{ type: 'reboot' }, { type: 'reboot' }])
  })

  test('again after all went well is another restart, for which they may be busy', async () => {
    const api = await startApiStub()
    api.answer(line(1), begun, busy)
    const session = await openSession()
    await session.restart?.(['1'], call)
    await expect(session.restart?.(['1'], call)).rejects.toMatchObject({ code: 'BUSY' })
  })
})
