import { describe, expect, test, vi } from 'vitest'
import { openSandbox, refusal, refusalText, small } from './open.ts'

const wish = { name: 'grid', region: 'fra1', description: '' }

describe('a VPC', () => {
  test('has the range that is asked for, or one that is free', async () => {
    const { client, sandbox } = await openSandbox()
    const given = await client.vpc.createVpc({ ...wish, ip_range: '10.200.0.0/24' })
    expect(given.data.vpc).toMatchObject({ ip_range: '10.200.0.0/24', default: false })
    const chosen = await client.vpc.createVpc({ ...wish, name: 'other' })
    expect(chosen.data.vpc.ip_range).toMatch(/^10\.\d+\.\d+\.0\/20$/)
    const ranges = sandbox.digitalocean.vpcs().map(({ range }) => range)
    expect(new Set(ranges).size).toBe(ranges.length)
  })
  test.each([
    ['a name that is taken', { name: 'default-fra1' }, 'A VPC with that name already exists'],
    ['a name with a blank', { name: 'my grid' }, /alphanumeric/],
    [
      'a range that overlaps with another',
      { ip_range: '10.114.8.0/24' },
      'This range/size overlaps with another VPC network in your account',
    ],
    ['a public range', { ip_range: '8.8.8.0/24' }, /private/],
    ['a range that is too large', { ip_range: '10.0.0.0/8' }, /between \/16 and \/28/],
    ['a range that is too small', { ip_range: '10.200.0.0/29' }, /between \/16 and \/28/],
    ['an address inside of a range', { ip_range: '10.200.0.5/24' }, 'invalid IP range'],
    ['a region that is none', { region: 'mars1' }, 'invalid region'],
  ])('is refused for %s', async (_, change, message) => {
    const { client } = await openSandbox()
    const call = client.vpc.createVpc({ ...wish, ...change })
    expect(await refusal(call)).toMatchObject({
      status: 422,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })
  test('that is the first of its region becomes its default, which cannot be deleted', async () => {
    const { client } = await openSandbox()
    const { data } = await client.vpc.createVpc({ ...wish, region: 'tor1' })
    expect(data.vpc.default).toBe(true)
    expect(await refusal(client.vpc.deleteVpc({ vpc_id: data.vpc.id }))).toMatchObject({
      status: 403,
      id: 'forbidden',
    })
  })
  test('hands its role on to another default', async () => {
    const { client, sandbox, call } = await openSandbox()
    const { data } = await client.vpc.createVpc(wish)
    const change = { name: 'grid-2', description: 'ours', default: true }
    expect((await call('PUT', `vpcs/${data.vpc.id}`, change)).status).toBe(200)
    const here = sandbox.digitalocean.vpcs().filter(({ region }) => region === 'fra1')
    expect(here.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['default-fra1', false],
      ['grid-2', true],
    ])
  })
  test('stays while it has members, and goes once they are gone', async () => {
    const { client, sandbox } = await openSandbox({ bootTime: 60 })
    const { data } = await client.vpc.createVpc(wish)
    const vpc_id = data.vpc.id
    const made = await client.droplet.createDroplet({ ...small, name: 'web-1', vpc_uuid: vpc_id })
    const { id } = made.data.droplet
    const members = await client.vpc.listVpcResources({ vpc_id })
    expect(members.data.members).toMatchObject([{ name: 'web-1', urn: `do:droplet:${id}` }])
    await vi.waitFor(() => expect(sandbox.digitalocean.droplets()[0]?.state).toBe('active'))
    await client.droplet.deleteDroplet({ droplet_id: id })
    expect(await refusal(client.vpc.deleteVpc({ vpc_id }))).toMatchObject({
      status: 409,
      id: 'conflict',
      message: 'Can not delete VPC with members',
    })
    await vi.waitFor(() => expect(sandbox.digitalocean.droplets()).toEqual([]))
    await client.vpc.deleteVpc({ vpc_id })
    expect(await refusalText(client.vpc.getVpc({ vpc_id }))).toContain('could not be found')
  })
  test('is listed with all others', async () => {
    const { client } = await openSandbox()
    await client.vpc.createVpc(wish)
    const { data } = await client.vpc.listVpcs({ per_page: 100 })
    expect(data.vpcs.map(({ name }) => name)).toEqual([
      'default-ams3',
      'default-fra1',
      'default-lon1',
      'default-nyc1',
      'default-nyc3',
      'default-sfo3',
      'default-sgp1',
      'grid',
    ])
  })
})
