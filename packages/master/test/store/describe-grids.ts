import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { actor, addNode, newGrid, now } from './sample-records.ts'

export function describeGrids(store: () => Store): void {
  it('finds a grid by name and by the hash of its token', async () => {
    const grid = await store().grid('prod')
    expect(grid).toMatchObject({
      name: 'prod',
      token: 'token-of-prod',
      initialSize: 3,
      trustedSubnets: ['192.168.0.0/24'],
      createdAt: now,
      nodeCount: 0,
    })
    expect(await store().gridByToken('hash-of-prod')).toEqual(grid)
    expect(await store().gridByToken('token-of-prod')).toBeUndefined()
    expect(await store().grid('prod2')).toBeUndefined()
  })

  it('refuses a second grid of the same name or token', async () => {
    expect(await store().createGrid(newGrid('prod'), actor, now)).toBe('name-taken')
    const clone = { ...newGrid('test'), tokenHash: 'hash-of-prod' }
    expect(await store().createGrid(clone, actor, now)).toBe('token-taken')
    expect(await store().grid('test')).toBeUndefined()
  })

  it('makes the user who makes a grid its member', async () => {
    const user = await store().createUser({ email: 'jo', roles: [] }, actor, now)
    const by = { address: 'here', user: { id: user?.id ?? '', email: 'jo' } }
    await store().createGrid(newGrid('mine'), by, now)
    const names = async (memberId?: string) =>
      (await store().grids(memberId)).map((grid) => grid.name)
    expect(await names(user?.id)).toEqual(['mine'])
    expect(await names()).toEqual(['mine', 'prod'])
  })

  it('removes an empty grid only', async () => {
    const node = await addNode(store(), 'web-1')
    expect(await store().removeGrid('prod', actor, now)).toBe('has-nodes')
    await store().removeNode('prod', node.name, actor, now)
    expect(await store().removeGrid('prod', actor, now)).toBe('removed')
    expect(await store().removeGrid('prod', actor, now)).toBe('missing')
  })

  it('changes what is named of a grid, clears what is undefined, and leaves the rest', async () => {
    const statsd = { server: '10.0.0.9', port: 8125 }
    const logs = { forwarder: 'fluentd' as const, opts: { 'fluentd-address': 'h:24224' } }
    const change = { statsd, logs, defaultAffinity: ['label!=db'] }
    expect(await store().updateGrid('prod', change, actor, now)).toMatchObject({
      ...change,
      trustedSubnets: ['192.168.0.0/24'],
      token: 'token-of-prod',
    })
    const cleared = await store().updateGrid('prod', { statsd: undefined }, actor, now)
    expect(cleared).toMatchObject({ statsd: undefined, logs, defaultAffinity: ['label!=db'] })
    expect(await store().grid('prod')).toEqual(cleared)
    expect(await store().updateGrid('nowhere', change, actor, now)).toBeUndefined()
  })

  it('writes down what a grid was and is, and tells of it, but for its token', async () => {
    await store().updateGrid('prod', { trustedSubnets: ['10.0.0.0/8'] }, actor, now)
    const [entry] = await store().auditLog(1, 'prod')
    expect(entry).toMatchObject({
      event: 'update grid',
      resource: { type: 'grid', name: 'prod' },
      before: { trustedSubnets: ['192.168.0.0/24'] },
      after: { trustedSubnets: ['10.0.0.0/8'] },
    })
    const events = await store().events({ grid: 'prod', limit: 10 })
    expect(events.map(({ type }) => type)).toEqual(['grid:created', 'grid:updated'])
    expect(JSON.stringify([entry, events])).not.toContain('token-of-prod')
  })

  it('lists the members of a grid by their addresses', async () => {
    for (const email of ['jo@example.com', 'al@example.com']) await addMember(store(), email)
    await addMember(store(), 'other@example.com', 'nowhere')
    expect(await store().members('prod')).toMatchObject([
      { email: 'al@example.com', grids: ['prod'] },
      { email: 'jo@example.com', grids: ['prod'] },
    ])
    expect(await store().members('nowhere')).toEqual([])
  })

  it('lets members go, but for the last one', async () => {
    const first = await addMember(store(), 'jo@example.com')
    const second = await addMember(store(), 'al@example.com')
    const remove = (id: string) => store().removeMember('prod', id, actor, now)
    expect(await remove('nobody')).toBe('missing')
    expect(await remove(first)).toBe('removed')
    expect(await remove(first)).toBe('missing')
    expect(await remove(second)).toBe('last')
    expect(await store().members('prod')).toMatchObject([{ email: 'al@example.com' }])
    const events = await store().auditLog(10, 'prod')
    expect(events.map(({ event, resource }) => `${event} ${resource.name}`)).toEqual([
      'remove member jo@example.com',
      'add member al@example.com',
      'add member jo@example.com',
      'create grid prod',
    ])
  })
}

async function addMember(store: Store, email: string, grid = 'prod'): Promise<string> {
  const user = await store.createUser({ email, roles: [] }, actor, now)
  if (user === undefined) throw new Error(`there is a user ${email}`)
  await store.addMember(grid, user.id, actor, now)
  return user.id
}
