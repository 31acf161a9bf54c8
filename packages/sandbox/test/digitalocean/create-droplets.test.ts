import { describe, expect, test } from 'vitest'
import { openSandbox, publicKey, refusal, refusalText, small } from './open.ts'

const hostname = 'Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)'

test.each([
  ['a name with an underscore', { name: 'web_1' }, hostname],
  ['a name that ends in a dash', { name: 'web-' }, hostname],
  ['a name that is too long', { name: 'a'.repeat(256) }, hostname],
  [
    'an image that is none',
    { image: 'ubuntu-4-04-x64' },
    'You specified an invalid image for Droplet creation.',
  ],
  [
    'an image by a number that is none',
    { image: 1 },
    'You specified an invalid image for Droplet creation.',
  ],
  [
    'a size that is none',
    { size: 't3.small' },
    'You specified an invalid size for Droplet creation.',
  ],
  [
    'a region that is none',
    { region: 'eu-west-1' },
    'You specified an invalid region for Droplet creation.',
  ],
  [
    'a size that the region lacks',
    { size: 's-1vcpu-512mb-10gb', region: 'sgp1' },
    'Size is not available in this region.',
  ],
  ['a size that is no longer sold', { size: '1gb' }, 'Size is not available in this region.'],
  [
    'a size too small for the image',
    { size: 's-1vcpu-512mb-10gb', image: 'docker-20-04' },
    'This size is too small for this image.',
  ],
  [
    'a key that is unknown',
    { ssh_keys: [289_794, 'aa:bb'] },
    '289794, aa:bb are invalid key identifiers for Droplet creation.',
  ],
  ['a tag with a blank', { tags: ['my tag'] }, 'Tag name my tag contains invalid characters'],
  [
    'user data above 64 KiB',
    { user_data: `#cloud-config\n${'#'.repeat(65_536)}` },
    'User data is too long (maximum is 64KiB)',
  ],
  [
    'a VPC that is none',
    { vpc_uuid: '5a4981aa-9653-4bd1-bef5-d6bff52042e4' },
    'Failed to resolve VPC',
  ],
])('%s is refused, and nothing is made', async (_, change, message) => {
  const { client, sandbox } = await openSandbox()
  const call = client.droplet.createDroplet({ ...small, name: 'web-1', ...change })
  expect(await refusal(call)).toMatchObject({ status: 422, id: 'unprocessable_entity', message })
  expect(sandbox.digitalocean.droplets()).toEqual([])
  expect(sandbox.digitalocean.tags()).toEqual([])
})

test('as much user data as is allowed is taken', async () => {
  const { client, sandbox } = await openSandbox({ agents: 'none' })
  const user_data = '#'.repeat(65_536)
  await client.droplet.createDroplet({ ...small, name: 'web-1', user_data })
  expect(sandbox.digitalocean.droplets()[0]?.userData).toBe(user_data)
})

test('more than ten names, or none, are refused', async () => {
  const { client } = await openSandbox()
  const names = Array.from({ length: 11 }, (_, index) => `web-${index}`)
  expect(await refusalText(client.droplet.createDroplets({ ...small, names }))).toContain(
    'up to 10',
  )
  expect(await refusalText(client.droplet.createDroplets({ ...small, names: [] }))).toBe(
    'Name is required',
  )
})

test('a call without what it needs, or that is no JSON, is refused', async () => {
  const { call, sandbox, token } = await openSandbox()
  expect(await call('POST', 'droplets', { name: 'web-1', size: 'c-2' })).toMatchObject({
    status: 422,
    body: { message: 'image is invalid or missing' },
  })
  expect((await call('POST', 'droplets', {})).status).toBe(422)
  const headers = { authorization: `Bearer ${token}` }
  const broken = { method: 'POST', headers, body: '{"name":' }
  expect((await fetch(`${sandbox.url}/v2/droplets`, broken)).status).toBe(400)
})

describe('a droplet limit', () => {
  test('refuses a whole call that would exceed it', async () => {
    const { client, sandbox } = await openSandbox({ dropletLimit: 3 })
    expect((await client.account.getAccount()).data.account.droplet_limit).toBe(3)
    await client.droplet.createDroplets({ ...small, names: ['a', 'b'] })
    expect(await refusalText(client.droplet.createDroplets({ ...small, names: ['c', 'd'] }))).toBe(
      'creating this/these droplet(s) will exceed your droplet limit',
    )
    expect(sandbox.digitalocean.droplets()).toHaveLength(2)
  })
})

describe('keys', () => {
  test('are named by number or by fingerprint and reach the machine', async () => {
    const { client, sandbox } = await openSandbox()
    const { data } = await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
    const { id, fingerprint } = data.ssh_key
    const ssh_keys = [id, String(fingerprint)]
    await client.droplet.createDroplet({ ...small, name: 'web-1', ssh_keys })
    expect(sandbox.digitalocean.droplets()[0]?.keyFingerprints).toEqual([fingerprint, fingerprint])
  })
})

describe('a network', () => {
  test('is the default of the region where none is named', async () => {
    const { client, sandbox } = await openSandbox()
    await client.droplet.createDroplet({ ...small, name: 'web-1' })
    const vpc = sandbox.digitalocean.vpcs().find(({ name }) => name === 'default-fra1')
    expect(sandbox.digitalocean.droplets()[0]?.vpcId).toBe(vpc?.id)
  })
  test('is made where a region has none', async () => {
    const { client, sandbox } = await openSandbox()
    await client.droplet.createDroplet({ ...small, region: 'syd1', name: 'web-1' })
    const made = sandbox.digitalocean.vpcs().filter(({ region }) => region === 'syd1')
    expect(made).toMatchObject([{ name: 'default-syd1', isDefault: true }])
  })
  test('of another region is refused', async () => {
    const { client, sandbox } = await openSandbox()
    const vpc_uuid = sandbox.digitalocean.vpcs().find(({ region }) => region === 'nyc3')?.id ?? ''
    const call = client.droplet.createDroplet({ ...small, name: 'web-1', vpc_uuid })
    expect(await refusalText(call)).toBe('VPC is not in the same region as the Droplet')
  })
  test('that is full has no room for another', async () => {
    const { client } = await openSandbox()
    const wish = { name: 'tiny', region: 'fra1', ip_range: '10.200.0.0/28' }
    const { data } = await client.vpc.createVpc({ description: '', ...wish })
    const vpc_uuid = data.vpc.id
    const names = Array.from({ length: 10 }, (_, index) => `web-${index}`)
    await client.droplet.createDroplets({ ...small, names, vpc_uuid })
    const more = { ...small, names: ['a', 'b', 'c'], vpc_uuid }
    await client.droplet.createDroplets(more)
    expect(await refusalText(client.droplet.createDroplets(more))).toContain('no more IP addresses')
  })
})
