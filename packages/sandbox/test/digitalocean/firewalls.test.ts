import { describe, expect, test, vi } from 'vitest'
import { type Client, openSandbox, refusal, refusalText, small } from './open.ts'

const anywhere = { addresses: ['0.0.0.0/0', '::/0'] }
const ssh = { protocol: 'tcp', ports: '22', sources: anywhere }
const out = { protocol: 'tcp', ports: 'all', destinations: anywhere }
type Wish = Parameters<Client['firewall']['createFirewall']>[0]

function create(client: Client, change: Partial<Wish> = {}) {
  const wish = { name: 'grid', inbound_rules: [ssh], outbound_rules: [out], ...change }
  return client.firewall.createFirewall(wish)
}

describe('a cloud firewall', () => {
  test('keeps its rules as they were given, but writes all ports as 0', async () => {
    const { client } = await openSandbox()
    const icmp = { protocol: 'icmp', ports: '', sources: anywhere }
    const { data } = await create(client, { inbound_rules: [ssh, icmp] })
    const { firewall } = data
    expect(firewall.inbound_rules).toEqual([ssh, { ...icmp, ports: '0' }])
    expect(firewall.outbound_rules).toEqual([{ ...out, ports: '0' }])
    const shown = await client.firewall.getFirewall({ firewall_id: firewall.id ?? '' })
    expect(shown.data.firewall).toMatchObject({ name: 'grid', status: 'succeeded' })
  })
  test.each([
    [
      'ESP, which it has no word for',
      { inbound_rules: [{ ...ssh, protocol: 'esp' }] },
      'invalid protocol',
    ],
    ['a port that is none', { inbound_rules: [{ ...ssh, ports: '70000' }] }, 'invalid port range'],
    [
      'ports that end before they begin',
      { inbound_rules: [{ ...ssh, ports: '90-80' }] },
      'invalid port range',
    ],
    [
      'an address that is none',
      { inbound_rules: [{ ...ssh, sources: { addresses: ['home'] } }] },
      'invalid address',
    ],
    ['a rule from nowhere', { inbound_rules: [{ ...ssh, sources: {} }] }, 'invalid address'],
    ['a tag that does not exist', { tags: ['grid'] }, 'tag grid does not exist'],
    [
      'a tag as source that does not exist',
      { inbound_rules: [{ ...ssh, sources: { tags: ['grid'] } }] },
      'tag grid does not exist',
    ],
    ['a droplet that does not exist', { droplet_ids: [1] }, 'droplet 1 does not exist'],
    ['no rules at all', { inbound_rules: [], outbound_rules: [] }, 'must have at least one rule'],
    [
      'more than fifty rules',
      { inbound_rules: Array.from({ length: 50 }, () => ssh) },
      'must not have more than 50 rules',
    ],
    ['a name with a blank', { name: 'my grid' }, 'invalid name'],
  ])('is refused for %s', async (_, change, message) => {
    const { client, sandbox } = await openSandbox()
    expect(await refusal(create(client, change))).toMatchObject({ status: 422, message })
    expect(sandbox.digitalocean.firewalls()).toEqual([])
  })
  test('has a name that no other has', async () => {
    const { client } = await openSandbox()
    await create(client)
    expect(await refusal(create(client))).toMatchObject({
      status: 409,
      id: 'conflict',
      message: 'duplicate name',
    })
  })
  test('takes its time to reach droplets, also those that come by tag later', async () => {
    const { client } = await openSandbox({ bootTime: 200 })
    await client.tag.createTag({ name: 'Grid:prod' })
    const { data } = await create(client, { tags: ['grid:prod'] })
    expect(data.firewall).toMatchObject({ status: 'succeeded', tags: ['Grid:prod'] })
    const wish = { ...small, name: 'web-1', tags: ['grid:prod'] }
    const { id } = (await client.droplet.createDroplet(wish)).data.droplet
    const firewall_id = data.firewall.id ?? ''
    const status = async () => (await client.firewall.getFirewall({ firewall_id })).data.firewall
    expect(await status()).toMatchObject({
      status: 'waiting',
      pending_changes: [{ droplet_id: id, removing: false, status: 'waiting' }],
    })
    await vi.waitFor(async () => {
      expect(await status()).toMatchObject({ status: 'succeeded', pending_changes: [] })
    })
  })
  test('gains and loses rules, tags and droplets one by one', async () => {
    const { client, sandbox } = await openSandbox()
    await client.tag.createTag({ name: 'web' })
    const { id } = (await client.droplet.createDroplet({ ...small, name: 'web-1' })).data.droplet
    const firewall_id = (await create(client)).data.firewall.id ?? ''
    const http = { protocol: 'tcp', ports: '80', sources: anywhere }
    await client.firewall.addRulesToFirewall({
      firewall_id,
      inbound_rules: [http, ssh],
      outbound_rules: [],
    })
    await client.firewall.addTagsToFirewall({ firewall_id, tags: ['web'] })
    await client.firewall.addDropletsToFirewall({ firewall_id, droplet_ids: [id] })
    const one = () => sandbox.digitalocean.firewalls()[0]
    expect(one()?.inbound.map(({ ports }) => ports)).toEqual(['80', '22'])
    expect(one()).toMatchObject({ tags: ['web'], dropletIds: [id] })
    await client.firewall.removeRulesFromFirewall({
      firewall_id,
      inbound_rules: [http],
      outbound_rules: [],
    })
    await client.firewall.removeTagsFromFirewall({ firewall_id, tags: ['web'] })
    await client.firewall.removeDropletsFromFirewall({ firewall_id, droplet_ids: [id] })
    expect(one()?.inbound.map(({ ports }) => ports)).toEqual(['22'])
    expect(one()).toMatchObject({ tags: [], dropletIds: [] })
  })
  test('is replaced whole, and what is left out is reset', async () => {
    const { client, sandbox, call } = await openSandbox()
    await client.tag.createTag({ name: 'web' })
    const id = (await create(client, { tags: ['web'] })).data.firewall.id ?? ''
    const change = { name: 'renamed', inbound_rules: [ssh] }
    expect((await call('PUT', `firewalls/${id}`, change)).status).toBe(200)
    expect(sandbox.digitalocean.firewalls()).toMatchObject([
      { id, name: 'renamed', tags: [], outbound: [] },
    ])
  })
  test('is listed, and is gone once it is deleted', async () => {
    const { client } = await openSandbox()
    const firewall_id = (await create(client)).data.firewall.id ?? ''
    expect((await client.firewall.listFirewalls({})).data.firewalls).toHaveLength(1)
    await client.firewall.deleteFirewall({ firewall_id })
    expect((await client.firewall.listFirewalls({})).data.firewalls).toEqual([])
    expect(await refusalText(client.firewall.deleteFirewall({ firewall_id }))).toContain(
      'not be found',
    )
  })
  test('lets go of a droplet that goes', async () => {
    const { client, sandbox, call } = await openSandbox({ bootTime: 40 })
    const { id } = (await client.droplet.createDroplet({ ...small, name: 'web-1' })).data.droplet
    await create(client, { droplet_ids: [id] })
    const listed = await call('GET', `droplets/${id}/firewalls`)
    expect(listed.body).toMatchObject({ firewalls: [{ droplet_ids: [id] }] })
    await vi.waitFor(() => expect(sandbox.digitalocean.droplets()[0]?.state).toBe('active'))
    await client.droplet.deleteDroplet({ droplet_id: id })
    await vi.waitFor(() => expect(sandbox.digitalocean.firewalls()[0]?.dropletIds).toEqual([]))
  })
})
