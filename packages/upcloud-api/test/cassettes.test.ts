import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isUpcloudError, openUpcloudClient, type UpcloudClient } from '../src/index.ts'
import { type Interaction, readCassettes } from './cassettes.ts'
import { fakeFetch } from './fake-fetch.ts'

/** What the client calls for a recorded request, given what its path and body say. */
type Replay = (client: UpcloudClient, found: readonly string[], body: Body) => Promise<unknown>

const named = z.looseObject({})
type Body = Readonly<Record<string, z.output<typeof named>>>

const uuid = '([0-9a-f-]{36})'
const replays: readonly (readonly [RegExp, Replay])[] = [
  [/^GET \/zone$/, (client) => client.zones()],
  [/^GET \/plan$/, (client) => client.plans()],
  [/^GET \/ip_address$/, (client) => client.addresses.list()],
  [/^GET \/ip_address\/(.+)$/, (client, [address = '']) => client.addresses.get(address)],
  [
    /^GET \/server\/\?label=(\w+)&label=(\w+)%3D(\w+)$/,
    (client, [first = '', key = '', value = '']) =>
      client.servers.list({ labels: { [first]: '', [key]: value } }),
  ],
  [new RegExp(`^GET /server/${uuid}$`), (client, [id = '']) => client.servers.get(id)],
  [/^POST \/server$/, (client, _, { server = {} }) => client.servers.create(newServer(server))],
  [
    new RegExp(`^PUT /server/${uuid}$`),
    (client, [id = ''], { server = {} }) =>
      client.servers.modify(id, { title: text(server.title), metadata: server.metadata === 'yes' }),
  ],
  [new RegExp(`^POST /server/${uuid}/start$`), (client, [id = '']) => client.servers.start(id)],
  [
    new RegExp(`^POST /server/${uuid}/stop$`),
    (client, [id = '']) => client.servers.stop(id, { type: 'hard' }),
  ],
  [
    new RegExp(`^POST /server/${uuid}/restart$`),
    (client, [id = '']) => client.servers.restart(id, { type: 'hard' }),
  ],
  [
    new RegExp(`^DELETE /server/${uuid}/\\?storages=1$`),
    (client, [id = '']) => client.servers.delete(id, { storages: true }),
  ],
  [
    new RegExp(`^GET /server/${uuid}/firewall_rule$`),
    (client, [id = '']) => client.firewallRules.list(id),
  ],
  [/^GET \/network\/\?zone=(.+)$/, (client, [zone = '']) => client.networks.list({ zone })],
  [new RegExp(`^GET /network/${uuid}$`), (client, [id = '']) => client.networks.get(id)],
  [
    /^POST \/network\/$/,
    (client, _, { network = {} }) => client.networks.create(newNetwork(network)),
  ],
  [new RegExp(`^DELETE /network/${uuid}$`), (client, [id = '']) => client.networks.delete(id)],
  [new RegExp(`^GET /storage/${uuid}$`), (client, [id = '']) => client.storages.get(id)],
  [new RegExp(`^DELETE /storage/${uuid}$`), (client, [id = '']) => client.storages.delete(id)],
  [/^GET \/server-group$/, (client) => client.serverGroups.list()],
  [new RegExp(`^GET /server-group/${uuid}$`), (client, [id = '']) => client.serverGroups.get(id)],
  [
    new RegExp(`^DELETE /server-group/${uuid}$`),
    (client, [id = '']) => client.serverGroups.delete(id),
  ],
]

const recorded = readCassettes().flatMap((interaction) => {
  const line = `${interaction.method} ${interaction.path.replace('/1.3', '')}`
  for (const [pattern, replay] of replays) {
    const found = pattern.exec(line)
    if (found !== null) return [{ interaction, line, found: found.slice(1), replay }]
  }
  return []
})

describe.skipIf(recorded.length === 0)("sessions that UpCloud's own client recorded", () => {
  test('are mostly of endpoints that this client has', () => {
    expect(recorded.length).toBeGreaterThan(80)
  })

  test.each(recorded)('$interaction.cassette: $line', async ({ interaction, found, replay }) => {
    const { client, sent } = clientFor(interaction)
    const answer = await replay(client, found, bodyOf(interaction.request))
    expect(sent.map(({ method, path }) => [method, path])).toEqual([
      [interaction.method, interaction.path],
    ])
    expectRecorded(interaction, sent[0]?.body)
    for (const id of uuidsOf(answer)) expect(JSON.stringify(interaction.response)).toContain(id)
  })

  test('a refusal is told with its code', async () => {
    const refusal = readCassettes().find(({ cassette }) => cassette === 'errorhandling.json')
    if (refusal === undefined) throw new Error('errorhandling.json is missing')
    const { client } = clientFor(refusal)
    const error = await client.servers.start('invalid').catch((thrown: unknown) => thrown)
    expect(isUpcloudError(error, 'SERVER_INVALID')).toBe(true)
    expect(error).toMatchObject({
      status: 400,
      message: 'The server UUID is invalid (SERVER_INVALID, status 400)',
    })
  })

  test('both ways of writing a list of labels are read', async () => {
    const answers = recorded.filter(({ line }) => line === 'POST /network/')
    const labels = await Promise.all(
      answers.map(async ({ interaction, found, replay }) =>
        replay(clientFor(interaction).client, found, bodyOf(interaction.request)),
      ),
    )
    expect(labels).toContainEqual(expect.objectContaining({ labels: { env: 'test' } }))
  })
})

function clientFor({ status, response }: Interaction) {
  const { fetch, sent } = fakeFetch([{ status, body: response }])
  return { client: openUpcloudClient({ token: 'ucat_test', fetch }), sent }
}

/** What we send is what was recorded, as far as we send it: the order of what is the same may differ. */
function expectRecorded({ method, path, request }: Interaction, body: unknown): void {
  const isWholeBody = method === 'POST' && /\/(server|network\/)$/.test(path)
  if (isWholeBody) expect(request).toMatchObject(body ?? {})
}

function bodyOf(request: unknown): Body {
  return z.record(z.string(), named).catch({}).parse(request)
}

const wireServer = z.looseObject({
  zone: z.string(),
  title: z.string(),
  hostname: z.string(),
  metadata: z.string(),
  labels: z.object({ label: z.array(z.object({ key: z.string(), value: z.string() })) }).optional(),
  networking: z.object({
    interfaces: z.object({
      interface: z.array(
        z.object({
          type: z.enum(['public', 'utility', 'private']),
          network: z.string().optional(),
          ip_addresses: z.object({
            ip_address: z.tuple([z.object({ family: z.enum(['IPv4', 'IPv6']) })]).rest(named),
          }),
        }),
      ),
    }),
  }),
  storage_devices: z.object({
    storage_device: z.array(
      z.object({
        storage: z.string(),
        title: z.string(),
        size: z.number(),
        tier: z.string(),
      }),
    ),
  }),
})

function newServer(raw: unknown) {
  const wire = wireServer.parse(raw)
  return {
    zone: wire.zone,
    title: wire.title,
    hostname: wire.hostname,
    metadata: wire.metadata === 'yes',
    remoteAccess: false,
    passwordDelivery: 'none' as const,
    labels:
      wire.labels && Object.fromEntries(wire.labels.label.map(({ key, value }) => [key, value])),
    interfaces: wire.networking.interfaces.interface.map(
      ({ type, network, ip_addresses: ips }) => ({
        type,
        network,
        family: ips.ip_address[0].family,
      }),
    ),
    storages: wire.storage_devices.storage_device.map(({ storage, title, size, tier }) => ({
      action: 'clone' as const,
      storage,
      title,
      sizeGib: size,
      tier,
    })),
  }
}

const wireNetwork = z.looseObject({
  name: z.string(),
  zone: z.string(),
  labels: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
  ip_networks: z.object({
    ip_network: z.array(
      z.looseObject({
        address: z.string(),
        gateway: z.string(),
        dhcp_dns: z.array(z.string()),
      }),
    ),
  }),
})

function newNetwork(raw: unknown) {
  const wire = wireNetwork.parse(raw)
  return {
    name: wire.name,
    zone: wire.zone,
    labels: wire.labels && Object.fromEntries(wire.labels.map(({ key, value }) => [key, value])),
    ipNetworks: wire.ip_networks.ip_network.map(({ address, gateway, dhcp_dns: dhcpDns }) => ({
      address,
      gateway,
      dhcpDns,
      dhcp: true,
      dhcpDefaultRoute: false,
    })),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Every uuid that the client gave back, at whatever depth. */
function uuidsOf(value: unknown): string[] {
  return [...(JSON.stringify(value) ?? '').matchAll(/"uuid":"([^"]+)"/g)].map(([, id = '']) => id)
}
