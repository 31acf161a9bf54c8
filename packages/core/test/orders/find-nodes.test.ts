import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { findNodes, resolveNodes } from '../../src/orders/find-nodes.ts'
import { finish, type Moon, owner } from '../moon.ts'
import { openOnline } from './online-moon.ts'

const { signal } = new AbortController()

function find({ scope }: Moon) {
  return finish(findNodes(scope, { signal }))
}

function resolve({ scope }: Moon, ...names: string[]) {
  return finish(resolveNodes(names, scope, { signal }))
}

/** A machine that no record knows. */
async function addOrphan(
  { cloud }: Moon,
  { name, order = 'old', named = true }: { name: string; order?: string; named?: boolean },
): Promise<string> {
  const made = await cloud.session.create(
    {
      ...{ owner, order, zone: 'tycho', names: [name], userData: new Uint8Array(), shared: {} },
      ...{ token: `orphan-${cloud.machines.length}`, minimum: 'all', sshKeys: [], tags: {} },
    },
    { signal },
  )
  const machine = cloud.machines.at(-1)
  if (machine !== undefined && named) machine.consoleName = name
  return made.machines[0]?.id ?? ''
}

/** A provider that lists nothing, and cannot look at one of its machines. */
function withoutList({ scope }: Moon, silent: string) {
  const { session } = scope
  const find: typeof session.find = async (query, call) => {
    if (!('ids' in query)) return []
    if (query.ids.includes(silent))
      throw new ProvisionError('NOT_FOUND', `${silent} does not answer`)
    return session.find(query, call)
  }
  return { ...scope, session: { ...session, find } }
}

describe('findNodes', () => {
  it('joins nodes and machines by the machine’s id, with one look at each side', async () => {
    const moon = await openOnline()
    const found = await find(moon)
    expect(found.map(({ name, machine }) => `${name} ${machine?.id}`).sort()).toEqual([
      'web-1 rover-1',
      'web-2 rover-2',
      'web-3 rover-3',
    ])
    expect(moon.cloud.calls).toHaveLength(1)
    expect(moon.master.calls).toHaveLength(1)
  })

  it('joins by id also where another name stands on the machine', async () => {
    const moon = await openOnline({ count: 2 })
    for (const machine of moon.cloud.machines) machine.consoleName = 'web-1'
    const found = await find(moon)
    expect(found.map(({ name, machine }) => `${name} ${machine?.id}`).sort()).toEqual([
      'web-1 rover-1',
      'web-2 rover-2',
    ])
  })

  it('asks by id for what a record names and a list without it does not show', async () => {
    const moon = await openOnline({ count: 2 })
    const { session } = moon.scope
    const find: typeof session.find = async (query, call) =>
      'ids' in query ? session.find(query, call) : []
    const scope = { ...moon.scope, session: { ...session, find } }
    const found = await finish(findNodes(scope, { signal }))
    expect(found.map(({ name, machine }) => `${name} ${machine?.id}`).sort()).toEqual([
      'web-1 rover-1',
      'web-2 rover-2',
    ])
  })

  it('tells which machines cannot be looked at, and shows all others', async () => {
    const moon = await openOnline({ count: 2 })
    const scope = withoutList(moon, 'rover-1')
    const found = await finish(findNodes(scope, { signal }))
    expect(found).toMatchObject([
      { name: 'web-1', machine: undefined, isUnknown: true },
      { name: 'web-2', machine: { id: 'rover-2' } },
    ])
    expect(moon.events.filter(({ type }) => type === 'warning')).toEqual([
      { type: 'warning', message: 'rover-1 does not answer', hint: undefined },
    ])
  })

  it('shows a node whose machine is gone, and a machine without a record', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.cloud.strike('web', 'gone')
    const id = await addOrphan(moon, { name: 'lost' })
    const nameless = await addOrphan(moon, { name: 'other', named: false })
    expect(await find(moon)).toMatchObject([
      { name: 'web', node: { name: 'web' }, machine: undefined },
      { name: 'lost', node: undefined, machine: { id } },
      { name: nameless, node: undefined, machine: { id: nameless } },
    ])
  })

  it('knows the machine of a node that has not enrolled by its order and name', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const order = moon.master.find('web')?.order ?? ''
    moon.master.add({ name: 'slow', order, labels: ['provider=moon', 'region=moon'] })
    const id = await addOrphan(moon, { name: 'slow', order })
    expect((await find(moon)).find(({ name }) => name === 'slow')?.machine?.id).toBe(id)
  })

  it('shows no node of another provider, account or region', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const machine = { provider: 'moon', account: 'acme', region: 'moon', id: 'x', order: 'o' }
    moon.master.add({ name: 'mars', machine: { ...machine, provider: 'mars' } })
    moon.master.add({ name: 'rival', machine: { ...machine, account: 'rival' } })
    moon.master.add({ name: 'far', machine: { ...machine, region: 'far' } })
    moon.master.add({ name: 'manual' })
    moon.master.add({ name: 'labelled', labels: ['provider=moon', 'region=far'] })
    expect((await find(moon)).map(({ name }) => name)).toEqual(['web'])
  })
})

describe('resolveNodes', () => {
  it('asks for no machine but those of the named nodes, and wants to see each of them', async () => {
    const moon = await openOnline({ count: 2 })
    const scope = withoutList(moon, 'rover-1')
    const named = (name: string) => finish(resolveNodes([name], scope, { signal }))
    expect(await named('web-2')).toMatchObject([{ name: 'web-2', machine: { id: 'rover-2' } }])
    await expect(named('web-1')).rejects.toMatchObject({ message: 'rover-1 does not answer' })
  })

  it('gives each named node once, in the order of its names', async () => {
    const moon = await openOnline()
    const found = await resolve(moon, 'web-3', 'web-1', 'web-3')
    expect(found.map(({ name, machine }) => [name, machine?.id])).toEqual([
      ['web-3', 'rover-3'],
      ['web-1', 'rover-1'],
    ])
  })

  it('finds a node whose machine is gone already', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.cloud.strike('web', 'gone')
    expect(await resolve(moon, 'web')).toMatchObject([{ name: 'web', machine: undefined }])
  })

  it('finds a machine without a record by its name or id', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const id = await addOrphan(moon, { name: 'lost' })
    expect(await resolve(moon, 'lost')).toMatchObject([{ machine: { id }, node: undefined }])
    expect(await resolve(moon, id)).toMatchObject([{ machine: { id }, node: undefined }])
  })

  it('finds a node by its machine’s id too', async () => {
    const moon = await openOnline()
    expect(await resolve(moon, 'rover-2')).toMatchObject([{ name: 'web-2', node: {} }])
  })

  it('takes the node and not a machine that only carries its name', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    await addOrphan(moon, { name: 'web' })
    expect(await resolve(moon, 'web')).toMatchObject([{ node: {}, machine: { id: 'rover-1' } }])
    moon.cloud.strike('web', 'gone')
    await addOrphan(moon, { name: 'web' })
    expect(await resolve(moon, 'web')).toMatchObject([{ node: {}, machine: undefined }])
  })

  it('never takes one of several machines of the same name', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const ids = [await addOrphan(moon, { name: 'lost' }), await addOrphan(moon, { name: 'lost' })]
    await expect(resolve(moon, 'lost')).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '2 machines are named lost',
      hint: `name one by its id: ${ids.join(', ')}`,
    })
  })

  it('never takes the record from a machine that nobody can tell', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const order = moon.master.find('web')?.order ?? ''
    moon.master.add({ name: 'slow', order, labels: ['provider=moon', 'region=moon'] })
    const id = await addOrphan(moon, { name: 'slow', order, named: false })
    await expect(resolve(moon, 'slow')).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'slow never enrolled, so nobody can tell which machine is its own',
      hint: `name one by its id: ${id}`,
    })
  })

  it('says what is not there, also where another grid has it', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    const machine = moon.cloud.machines[0]
    Object.assign(machine ?? {}, {
      batch: { ...machine?.batch, owner: { ...owner, grid: 'terra' } },
      consoleName: 'db',
    })
    await expect(resolve(moon, 'db')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'grid luna has no node named db',
      hint: 'see them with: kontena moon node list --grid luna',
    })
  })

  const machine = { provider: 'moon', account: 'acme', region: 'moon', id: 'x', order: 'o' }
  it.each([
    [
      { machine: { ...machine, account: 'rival' } },
      'WRONG_ACCOUNT',
      'db was made in account rival, these credentials are for acme',
      'use the credentials of that account',
    ],
    [
      { machine: { ...machine, region: 'far' } },
      'WRONG_ACCOUNT',
      'db was made in far, not in moon',
      'add --orbit far',
    ],
    [
      { machine: { ...machine, provider: 'mars' } },
      'BAD_OPTIONS',
      'db was made by mars, not by moon',
      'use: kontena mars node terminate db',
    ],
    [
      { labels: ['provider=mars'] },
      'BAD_OPTIONS',
      'db was made by mars, not by moon',
      'use: kontena mars node terminate db',
    ],
    [
      {},
      'BAD_OPTIONS',
      'db has no machine that a provider made',
      'remove its record with: kontena node rm db',
    ],
  ])('refuses a node made elsewhere: %j', async (changes, code, message, hint) => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.master.add({ name: 'db', ...changes })
    await expect(resolve(moon, 'db')).rejects.toMatchObject({ code, message, hint })
  })
})
