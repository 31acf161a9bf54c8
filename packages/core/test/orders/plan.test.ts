import { MasterError } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { networkPolicy } from '../../src/network-policy.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { planOrder, renamePlan } from '../../src/orders/plan.ts'
import { finish, openMoon, request } from '../moon.ts'

describe('planOrder', () => {
  it('tells names, zones, labels and calls, and neither spends nor changes anything', async () => {
    const { cloud, master, scope } = await openMoon()
    const plan = await finish(planOrder(request({ labels: ['disk=ssd'] }), scope))
    expect(plan.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(plan.nodes.map(({ name, zone }) => `${name} ${zone}`)).toEqual([
      'web-1 copernicus',
      'web-2 kepler',
      'web-3 tycho',
    ])
    expect(plan.nodes[1]?.labels).toEqual([
      'provider=moon',
      'az=kepler',
      'region=moon',
      'type=rover',
      'disk=ssd',
    ])
    expect(plan.calls).toEqual([
      'BuildWall',
      'LandRovers in copernicus: web-1',
      'LandRovers in kepler: web-2',
      'LandRovers in tycho: web-3',
    ])
    expect(plan.warnings).toEqual([])
    expect(cloud.machines).toEqual([])
    expect(master.nodes).toEqual([])
  })

  it('spreads against the nodes of this provider and region that are there', async () => {
    const { master, scope } = await openMoon()
    const here = (zone: string) => ['provider=moon', 'region=moon', `az=${zone}`]
    master.add({ name: 'a', labels: here('copernicus') })
    master.add({ name: 'b', labels: here('kepler') })
    master.add({ name: 'c', labels: ['provider=mars', 'region=moon', 'az=tycho'] })
    master.add({ name: 'd', labels: ['provider=moon', 'region=far', 'az=tycho'] })
    const plan = await finish(planOrder(request({ count: 1 }), scope))
    expect(plan.nodes[0]?.zone).toBe('tycho')
  })

  it('makes as many machines as are named one by one, and one where nobody says how many', async () => {
    const moon = await openMoon()
    const one = await finish(planOrder({ ...request(), count: undefined }, moon.scope))
    expect(one.nodes.map(({ name }) => name)).toEqual(['web'])
    const session = { ...moon.scope.session, count: async () => 2 }
    const scope = { ...moon.scope, session }
    const two = await finish(planOrder({ ...request(), count: undefined }, scope))
    expect(two.nodes.map(({ name }) => name)).toEqual(['web-1', 'web-2'])
    await expect(finish(planOrder(request({ count: 3 }), scope))).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '--count 3, but 2 machines are named',
    })
  })

  it('plans one call per batch where a cloud makes few machines at a time', async () => {
    const { scope } = await openMoon({ zones: { tycho: 99 }, batch: 2 })
    const plan = await finish(planOrder(request({ count: 5 }), scope))
    expect(plan.calls.slice(1)).toEqual([
      'LandRovers in tycho: web-1, web-2',
      'LandRovers in tycho: web-3, web-4',
      'LandRovers in tycho: web-5',
    ])
  })

  it.each(['ignition', 'script'] as const)(
    'plans machines one by one where the image reads %s',
    async (format) => {
      const { scope } = await openMoon({ zones: { tycho: 99 }, preflight: { format } })
      const plan = await finish(planOrder(request({ count: 2, sshKeys: [] }), scope))
      expect(plan.calls.slice(1)).toEqual([
        'LandRovers in tycho: web-1',
        'LandRovers in tycho: web-2',
      ])
    },
  )

  it('refuses a cloud-config where the image reads Ignition', async () => {
    const { scope } = await openMoon({ preflight: { format: 'ignition' } })
    const cloudConfig = '#cloud-config\npackages: [htop]\n'
    await expect(finish(planOrder(request({ cloudConfig }), scope))).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: expect.stringContaining('--cloud-config'),
    })
  })

  it('plans machines one by one where user data cannot serve several', async () => {
    const { scope } = await openMoon({ zones: { tycho: 99 }, launchIndex: false })
    const plan = await finish(planOrder(request({ count: 2 }), scope))
    expect(plan.calls.slice(1)).toEqual([
      'LandRovers in tycho: web-1',
      'LandRovers in tycho: web-2',
    ])
  })

  it('warns of nodes elsewhere, which the overlay’s rules do not admit', async () => {
    const { master, scope } = await openMoon({ preflight: { warnings: ['port 9 is open'] } })
    master.add({ name: 'a', labels: ['region=mars'] })
    master.add({ name: 'b' })
    const plan = await finish(planOrder(request(), scope))
    expect(plan.warnings).toEqual([
      'port 9 is open',
      "grid luna has nodes elsewhere (mars, no region); the overlay's ports admit only nodes in moon: name the others' addresses with --overlay-from",
    ])
  })

  it('says of nodes elsewhere which addresses the overlay’s rules admit', async () => {
    const { master, scope } = await openMoon()
    master.add({ name: 'a', labels: ['region=mars'] })
    const policy = networkPolicy({ overlayFrom: ['203.0.113.0/24', '2001:db8::/32'] })
    const plan = await finish(planOrder(request({ policy }), scope))
    expect(plan.warnings).toEqual([
      "grid luna has nodes elsewhere (mars); the overlay's ports admit of them only 203.0.113.0/24, 2001:db8::/32, as --overlay-from says",
    ])
  })

  it('tells that machines enforce the ports themselves where the cloud cannot', async () => {
    const { scope } = await openMoon()
    const { facts } = (await finish(planOrder(request(), scope))).preflight
    expect(facts).toEqual({ image: 'regolith', firewall: 'nftables on each machine of this order' })
    const abilities = { ...scope.provider.abilities, firewall: { esp: 'cloud' as const } }
    const provider = { ...scope.provider, abilities }
    const other = await finish(planOrder(request(), { ...scope, provider }))
    expect(other.preflight.facts).toEqual({ image: 'regolith' })
  })

  it('refuses a service that ended with its own words, before it asks anybody', async () => {
    const { cloud, master, scope } = await openMoon()
    const ended = { message: 'the Moon has closed', hint: 'use: kontena mars node create' }
    const provider = { ...scope.provider, ended }
    await expect(planOrder(request({ count: 0 }), { ...scope, provider })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      ...ended,
    })
    expect(cloud.calls).toEqual([])
    expect(master.calls).toEqual([])
  })

  it.each([0, -1, 1.5, 2_001, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses to make %s machines before it asks anybody',
    async (count) => {
      const { cloud, master, scope } = await openMoon()
      await expect(planOrder(request({ count }), scope)).rejects.toMatchObject({
        code: 'BAD_OPTIONS',
        message: `--count ${count} is not a number of machines`,
      })
      expect(cloud.calls).toEqual([])
      expect(master.calls).toEqual([])
    },
  )

  it('refuses more machines than the grid has free numbers', async () => {
    const { master, scope } = await openMoon()
    for (let number = 1; number <= 124; number++) master.add({ name: `old-${number}` })
    const here = { ...scope, subnet: '10.9.0.0/24' }
    await expect(planOrder(request({ count: 4 }), here)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'grid luna has room for 3 more nodes, not 4: its subnet 10.9.0.0/24 holds 127',
    })
    expect((await finish(planOrder(request({ count: 3 }), here))).nodes).toHaveLength(3)
  })

  it('lets a subnet of that size hold more than that of 1.5', async () => {
    const { master, scope } = await openMoon()
    for (let number = 1; number <= 254; number++) master.add({ name: `old-${number}` })
    const plan = (subnet: string) => planOrder(request({ count: 1 }), { ...scope, subnet })
    await expect(plan('10.81.0.0/16')).rejects.toMatchObject({
      message:
        'grid luna has room for 0 more nodes, not 1: its subnet 10.81.0.0/16 holds 254, as with 1.5; a grid with another subnet of that size holds more',
    })
    expect((await finish(plan('10.82.0.0/16'))).nodes).toHaveLength(1)
  })

  it('refuses labels and names that cannot be', async () => {
    const { master, scope } = await openMoon()
    master.add({ name: 'web' })
    const plan = (changes: Parameters<typeof request>[0]) => planOrder(request(changes), scope)
    await expect(plan({ labels: ['a b'] })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
    await expect(plan({ name: 'We b' })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
    await expect(plan({ name: 'web', count: 1 })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  })

  it.each([
    'http://localhost:9292',
    'http://127.1.2.3',
    'https://[::1]:9292',
    'http://0.0.0.0:9292',
    'http://master.localhost',
  ])('refuses a master at %s, where machines in a cloud cannot reach it', async (masterUrl) => {
    const { scope } = await openMoon()
    await expect(planOrder(request(), { ...scope, masterUrl })).rejects.toMatchObject({
      code: 'MASTER_UNSUITABLE',
      message: expect.stringContaining(masterUrl),
    })
  })

  it.each([
    [true, 'kontena moon master create'],
    [false, 'run the master on a public host'],
  ])('names the nearest way to a master (%s: the provider makes them)', async (master, hint) => {
    const { scope } = await openMoon()
    const provider = { ...scope.provider, abilities: { ...scope.provider.abilities, master } }
    const onLoopback = { ...scope, provider, masterUrl: 'http://127.0.0.1:9292' }
    await expect(planOrder(request(), onLoopback)).rejects.toMatchObject({
      hint: expect.stringContaining(hint),
    })
  })

  it('takes a master on this computer where the machines run here too', async () => {
    const { scope } = await openMoon({ local: true })
    const plan = await finish(
      planOrder(request(), { ...scope, masterUrl: 'http://localhost:9292' }),
    )
    expect(plan.nodes).toHaveLength(3)
  })

  it('takes a public master whose name only looks like this computer’s', async () => {
    const { scope } = await openMoon()
    const masterUrl = 'https://127.example.com'
    expect((await finish(planOrder(request(), { ...scope, masterUrl }))).nodes).toHaveLength(3)
  })

  it('refuses a cloud-config that cannot be merged before it asks anybody', async () => {
    const { cloud, master, scope } = await openMoon()
    const cloudConfig = '#cloud-config\nhostname: web\n'
    await expect(planOrder(request({ cloudConfig }), scope)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: expect.stringContaining('--cloud-config has hostname'),
    })
    expect(cloud.calls).toEqual([])
    expect(master.calls).toEqual([])
  })

  it('plans for user data with the cloud-config in it, and sends just that', async () => {
    const cloudConfig = '#cloud-config\npackages: [jq]\n'
    const { cloud, scope } = await openMoon()
    const plan = await finish(planOrder(request({ count: 1, name: 'a', cloudConfig }), scope))
    await finish(createNodes(plan, scope))
    const sent = Buffer.from(cloud.called('create')[0]?.batch?.userData ?? '').toString()
    expect(sent).toContain('\n"packages": ["jq"]\n')
    const small = await openMoon({ userDataBytes: 1_000 })
    await expect(planOrder(request({ cloudConfig }), small.scope)).rejects.toMatchObject({
      hint: expect.stringContaining('your cloud-config 18'),
    })
  })

  it('refuses user data above the limit before anything is spent', async () => {
    const { scope } = await openMoon({ userDataBytes: 1_000 })
    await expect(finish(planOrder(request(), scope))).rejects.toMatchObject({
      code: 'BOOTSTRAP_TOO_LARGE',
    })
  })

  it('passes on what preflight and master find wrong', async () => {
    const { cloud, master, scope } = await openMoon()
    cloud.fail('preflight', new TypeError('bug'))
    await expect(finish(planOrder(request(), scope))).rejects.toThrow('bug')
    master.script('nodes', { kind: 'throw', error: new MasterError('unauthorized', 'log in') })
    await expect(finish(planOrder(request(), scope))).rejects.toThrow('log in')
  })
})

describe('renamePlan', () => {
  it('chooses other numbers and changes nothing else', async () => {
    const { scope } = await openMoon()
    const plan = await finish(planOrder(request(), scope))
    const renamed = renamePlan(plan, ['web-1', 'web-2'], scope)
    expect(renamed.id).toBe(plan.id)
    expect(renamed.nodes.map(({ name }) => name)).toEqual(['web-3', 'web-4', 'web-5'])
    expect(renamed.nodes.map(({ zone, labels }) => ({ zone, labels }))).toEqual(
      plan.nodes.map(({ zone, labels }) => ({ zone, labels })),
    )
  })
})
