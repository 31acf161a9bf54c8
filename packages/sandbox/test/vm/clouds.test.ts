import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openSandbox as openAzure } from '../arm/open.ts'
import { makeMachine } from '../arm/things.ts'
import { openSandbox as openDigitalocean, publicKey, small } from '../digitalocean/open.ts'
import { openSandbox as openEc2, run } from '../ec2/open.ts'
import { makeServer, openSandbox as openUpcloud } from '../upcloud/open.ts'
import { fakeQemu } from './fake-qemu.ts'
import { guestOf } from './guest-of.ts'

const service = 'http://169.254.169.254'
const macs = z.array(z.object({ mac: z.string() }))

function bootOptions() {
  const { image, starts } = fakeQemu()
  return { starts, options: { boot: 'vm', virtualMachines: { image } } as const }
}

test('an instance of EC2 asks with a token and learns what the API says of it', async () => {
  const { starts, options } = bootOptions()
  const { ec2, sandbox } = await openEc2(options)
  const UserData = Buffer.from('#cloud-config\n').toString('base64')
  await run(ec2, {
    MinCount: 1,
    MaxCount: 1,
    UserData,
    MetadataOptions: { HttpTokens: 'required' },
  })
  const guest = await guestOf(starts, '172.31.0.4')
  const refused = await guest.request(`${service}/latest/meta-data/`)
  expect(refused.status).toBe(401)
  const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }
  const given = await guest.request(`${service}/latest/api/token`, { method: 'PUT', headers: ttl })
  const headers = { 'x-aws-ec2-metadata-token': await given.text() }
  const ask = async (path: string) =>
    await (await guest.request(`${service}/latest/${path}`, { headers })).text()
  const [instance] = sandbox.ec2.instances()
  expect(await ask('meta-data/instance-id')).toBe(instance?.id)
  expect(await ask('meta-data/ami-launch-index')).toBe('0')
  expect(await ask('meta-data/public-ipv4')).toBe('198.18.0.2')
  expect(await ask('user-data')).toBe('#cloud-config\n')
  const document: unknown = JSON.parse(await ask('dynamic/instance-identity/document'))
  expect(document).toMatchObject({
    instanceId: instance?.id,
    region: 'eu-west-1',
    privateIp: '172.31.0.4',
  })
  expect(await ask('meta-data/network/interfaces/macs/')).toBe(`${guest.macs[0]}/`)
})

test('a droplet has two interfaces and one document about them', async () => {
  const { starts, options } = bootOptions()
  const { client } = await openDigitalocean(options)
  const key = await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
  const wish = {
    ...small,
    name: 'web-1',
    ssh_keys: [key.data.ssh_key.id],
    user_data: '#cloud-config\n',
  }
  const { id } = (await client.droplet.createDroplet(wish)).data.droplet
  const guest = await guestOf(starts, '198.19.0.10')
  expect(guest.tables[0]).toContain(`manufacturer=DigitalOcean,product=Droplet,serial=${id}`)
  const reply = await guest.request(`${service}/metadata/v1.json`)
  const document = z
    .looseObject({ interfaces: z.object({ public: macs, private: macs }) })
    .parse(await reply.json())
  expect(document).toMatchObject({
    droplet_id: id,
    hostname: 'web-1',
    public_keys: [publicKey],
    region: 'fra1',
    user_data: '#cloud-config\n',
  })
  const { interfaces } = document
  expect([interfaces.public[0]?.mac, interfaces.private[0]?.mac]).toEqual(guest.macs)
  const part = await guest.request(`${service}/metadata/v1/interfaces/public/0/ipv4/netmask`)
  expect(await part.text()).toBe('255.255.128.0')
  const gateway = await guest.request(`${service}/metadata/v1/interfaces/public/0/ipv4/gateway`)
  expect(await gateway.text()).toBe('198.19.0.1')
  expect(await (await guest.request(`${service}/metadata/v1/id`)).text()).toBe(String(id))
  expect((await guest.request(`${service}/metadata/v1/nothing`)).status).toBe(404)
})

test('a server of UpCloud learns its networks and its user data from one document', async () => {
  const { starts, options } = bootOptions()
  const uuid = await makeServer(await openUpcloud(options), { user_data: '#cloud-config\n' })
  const guest = await guestOf(starts, '198.19.128.11')
  expect(guest.tables).toEqual([
    `type=1,manufacturer=UpCloud,product=KVM,uuid=${uuid},serial=${uuid}`,
  ])
  const reply = await guest.request(`${service}/metadata/v1.json`)
  const document = z
    .looseObject({ network: z.object({ interfaces: macs }) })
    .parse(await reply.json())
  expect(document).toMatchObject({
    cloud_name: 'upcloud',
    instance_id: uuid,
    region: 'fi-hel1',
    user_data: '#cloud-config\n',
  })
  expect(document.network.interfaces.map(({ mac }) => mac)).toEqual(guest.macs)
})

test('a machine of Azure has a disk to set itself up with, and somebody to report to', async () => {
  const { starts, options } = bootOptions()
  const opened = await openAzure({ ...options, agents: 'process' })
  const made = await makeMachine(opened)
  const guest = await guestOf(starts, '10.0.0.4')
  expect(guest.tables.join('\n')).toContain('asset=7783-7084-3265-9085-8269-3286-77')
  expect(guest.tables[0]).toContain(`uuid=${made.vmId}`)
  const seed = readFileSync(guest.seed ?? '', 'latin1')
  const data = Buffer.from('#cloud-config\n').toString('base64')
  expect(seed).toContain(`<wa:CustomData>${data}</wa:CustomData>`)
  expect(seed).toContain('<wa:UserName>kontena</wa:UserName>')
  const headers = { metadata: 'true' }
  const query = 'api-version=2021-08-01&extended=true'
  const reply = await guest.request(`${service}/metadata/instance?${query}`, { headers })
  expect(await reply.json()).toMatchObject({
    compute: { vmId: made.vmId, osProfile: { disablePasswordAuthentication: 'true' } },
    network: { interface: [{ macAddress: guest.macs[0]?.replaceAll(':', '').toUpperCase() }] },
  })
  const wire = 'http://168.63.129.16/machine'
  const goal = await (await guest.request(`${wire}/?comp=goalstate`)).text()
  expect(goal).toContain(`<ContainerId>${made.vmId}</ContainerId>`)
  const health = await guest.request(`${wire}?comp=health`, { method: 'POST', body: '<Health/>' })
  expect(health.status).toBe(200)
  expect((await guest.request(`${wire}/?comp=certificates`)).status).toBe(404)
})
