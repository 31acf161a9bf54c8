import { describe, expect, test, vi } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { type Client, openSandbox, refusalText, small } from './open.ts'

async function reaches(sandbox: Sandbox, ...states: readonly string[]): Promise<void> {
  await vi.waitFor(
    () => expect(sandbox.digitalocean.droplets().map(({ state }) => state)).toEqual(states),
    5000,
  )
}

async function create(client: Client, name = 'web-1'): Promise<number> {
  const { data } = await client.droplet.createDroplet({ ...small, name })
  return data.droplet.id
}

async function running(options = {}) {
  const opened = await openSandbox(options)
  const id = await create(opened.client)
  await reaches(opened.sandbox, 'active')
  return { ...opened, id }
}

describe('a droplet', () => {
  test('is new and without addresses, then active with them', async () => {
    const { client, sandbox } = await openSandbox({ bootTime: 100 })
    const { data } = await client.droplet.createDroplet({ ...small, name: 'web-1', ipv6: true })
    const { droplet } = data
    expect(droplet).toMatchObject({ status: 'new', locked: true, networks: { v4: [], v6: [] } })
    await reaches(sandbox, 'active')
    const now = (await client.droplet.getDroplet({ droplet_id: droplet.id })).data.droplet
    expect(now).toMatchObject({ status: 'active', locked: false, size_slug: 's-1vcpu-1gb' })
    expect(now.networks.v4).toMatchObject([
      { type: 'private', ip_address: '10.114.0.2', netmask: '255.255.240.0' },
      { type: 'public', ip_address: expect.stringMatching(/^198\.19\./) },
    ])
    expect(now.networks.v6).toMatchObject([{ netmask: 64, type: 'public' }])
  })
  test('has a create action that completes', async () => {
    const { client, sandbox, url } = await openSandbox({ bootTime: 100 })
    const { data } = await client.droplet.createDroplet({ ...small, name: 'web-1' })
    const links: unknown = Reflect.get(data, 'links')
    expect(links).toEqual({
      actions: [
        { id: expect.any(Number), rel: 'create', href: expect.stringContaining(`${url}/actions/`) },
      ],
    })
    const { droplet } = data
    const actions = async () =>
      (await client.droplet.listDropletActions({ droplet_id: droplet.id })).data.actions
    expect(await actions()).toMatchObject([{ type: 'create', status: 'in-progress' }])
    await reaches(sandbox, 'active')
    const [done] = await actions()
    expect(done).toMatchObject({ status: 'completed', resource_id: droplet.id })
    expect(done?.completed_at).not.toBeNull()
    const one = await client.action.getAction({ action_id: done?.id ?? 0 })
    expect(one.data.action).toEqual(done)
    expect((await client.action.listActions({})).data.actions).toHaveLength(1)
  })
  test('comes with up to nine others in one call, and again in the same call again', async () => {
    const { client, sandbox } = await openSandbox()
    const names = Array.from({ length: 10 }, (_, index) => `web-${index}`)
    const { data } = await client.droplet.createDroplets({ ...small, names })
    expect(data.droplets.map(({ name }) => name)).toEqual(names)
    expect(Reflect.get(data, 'links')).toMatchObject({ actions: expect.any(Array) })
    await client.droplet.createDroplets({ ...small, names: ['web-0'] })
    expect(sandbox.digitalocean.droplets()).toHaveLength(11)
    const addresses = sandbox.digitalocean.droplets().map((one) => one.addresses.private)
    expect(new Set(addresses).size).toBe(11)
  })
  test('is locked while it is deleted, and then gone', async () => {
    const { client, sandbox, id } = await running({ bootTime: 100 })
    await client.droplet.deleteDroplet({ droplet_id: id })
    const going = await client.droplet.getDroplet({ droplet_id: id })
    expect(going.data.droplet).toMatchObject({ status: 'active', locked: true })
    expect(await refusalText(client.droplet.deleteDroplet({ droplet_id: id }))).toBe(
      'Droplet already has a pending event.',
    )
    await reaches(sandbox)
    expect(await refusalText(client.droplet.getDroplet({ droplet_id: id }))).toBe(
      'The resource you were accessing could not be found.',
    )
    expect(await refusalText(client.droplet.deleteDroplet({ droplet_id: id }))).toContain(
      'could not be found',
    )
  })
  test('cannot be deleted while it is being made', async () => {
    const { client } = await openSandbox({ bootTime: 1000 })
    const id = await create(client)
    expect(await refusalText(client.droplet.deleteDroplet({ droplet_id: id }))).toBe(
      'Droplet already has a pending event.',
    )
  })
  test('is turned off and on again', async () => {
    const { client, sandbox, id } = await running({ bootTime: 100 })
    const { data } = await client.droplet.shutdownDroplet({ droplet_id: id })
    expect(data.action).toMatchObject({ type: 'shutdown', status: 'in-progress' })
    expect(await refusalText(client.droplet.rebootDroplet({ droplet_id: id }))).toBe(
      'Droplet already has a pending event.',
    )
    await reaches(sandbox, 'off')
    expect(await refusalText(client.droplet.rebootDroplet({ droplet_id: id }))).toContain(
      'currently off',
    )
    await client.droplet.powerOnDroplet({ droplet_id: id })
    await reaches(sandbox, 'active')
    expect(await refusalText(client.droplet.powerOnDroplet({ droplet_id: id }))).toContain(
      'already powered on',
    )
  })
  test('stays active through a reboot, with an event while it lasts', async () => {
    const { client, sandbox, id } = await running({ bootTime: 100 })
    const { data } = await client.droplet.rebootDroplet({ droplet_id: id })
    expect(sandbox.digitalocean.droplets()).toMatchObject([{ state: 'active', event: 'reboot' }])
    await vi.waitFor(async () => {
      const one = await client.droplet.getDropletAction({
        droplet_id: id,
        action_id: data.action.id,
      })
      expect(one.data.action.status).toBe('completed')
    })
    expect(sandbox.digitalocean.droplets()).toMatchObject([{ state: 'active', event: undefined }])
    expect(sandbox.calls.count('droplets.reboot')).toBe(1)
  })
  test('has no other actions', async () => {
    const { client, id } = await running()
    const resize = client.droplet.resizeDroplet({ droplet_id: id, size: 'c-2', disk: true })
    expect(await refusalText(resize)).toBe('The type of event you specified is invalid.')
  })
})

describe('a list of droplets', () => {
  test('has pages with links to the others', async () => {
    const { client, url } = await openSandbox()
    await client.droplet.createDroplets({ ...small, names: ['a', 'b', 'c', 'd', 'e'] })
    const pageOf = async (page: number) => {
      const { data } = await client.droplet.listDroplets({ page, per_page: 2 })
      return {
        names: data.droplets.map(({ name }) => name),
        pages: data.links?.pages,
        total: data.meta?.total,
      }
    }
    const link = (page: number) => `${url}/droplets?page=${page}&per_page=2`
    expect(await pageOf(1)).toEqual({
      names: ['a', 'b'],
      pages: { next: link(2), last: link(3) },
      total: 5,
    })
    expect(await pageOf(3)).toEqual({
      names: ['e'],
      pages: { first: link(1), prev: link(2) },
      total: 5,
    })
    expect(await pageOf(9)).toMatchObject({ names: [] })
  })
  test('has twenty of them on a page, and no links where that is all', async () => {
    const { client, call } = await openSandbox()
    const names = Array.from({ length: 7 }, (_, index) => `web-${index}`)
    for (let call = 0; call < 3; call += 1) await client.droplet.createDroplets({ ...small, names })
    const count = async (query: string, most: number) => {
      const { body } = await call('GET', `droplets${query}`)
      expect(body).toHaveProperty('droplets.length', most)
      return body
    }
    await count('', 20)
    expect(await count('?per_page=200', 21)).toMatchObject({ links: {}, meta: { total: 21 } })
    await count('?per_page=0&page=none', 20)
    await count('?name=WEB-3', 3)
    await count('?type=gpus', 0)
  })
  test('by tag has those that carry it, in any spelling', async () => {
    const { client, sandbox } = await openSandbox()
    await client.droplet.createDroplet({ ...small, name: 'web-1', tags: ['Grid:prod', 'web'] })
    await client.droplet.createDroplet({ ...small, name: 'web-2', tags: ['grid:PROD'] })
    await create(client, 'web-3')
    const { data } = await client.droplet.listDroplets({ tag_name: 'grid:prod' })
    expect(data.droplets.map(({ name, tags }) => [name, tags])).toEqual([
      ['web-1', ['Grid:prod', 'web']],
      ['web-2', ['Grid:prod']],
    ])
    expect((await client.droplet.listDroplets({ tag_name: 'nobody' })).data.droplets).toEqual([])
    expect(sandbox.digitalocean.tags()).toEqual(['Grid:prod', 'web'])
    await reaches(sandbox, 'active', 'active', 'active')
    await client.droplet.deleteDropletsByTag({ tag_name: 'GRID:prod' })
    await reaches(sandbox, 'active')
    expect(sandbox.digitalocean.droplets()).toMatchObject([{ name: 'web-3' }])
  })
  test('may lack a new one for a while, which can be deleted all the same', async () => {
    const { client, sandbox } = await openSandbox({ consistencyDelay: 150 })
    const id = await create(client)
    expect((await client.droplet.listDroplets({})).data.droplets).toEqual([])
    expect(await refusalText(client.droplet.getDroplet({ droplet_id: id }))).toContain(
      'not be found',
    )
    await reaches(sandbox, 'active')
    await vi.waitFor(async () => {
      expect((await client.droplet.listDroplets({})).data.droplets).toHaveLength(1)
    })
  })
})
