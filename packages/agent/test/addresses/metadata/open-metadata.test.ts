import { describe, expect, it } from 'vitest'
import { askCloud, openMetadata } from '../../../src/addresses/metadata/open-metadata.ts'
import { type Answer, firmware, makeSys, startMetadata } from './metadata-double.ts'

const patient = new AbortController().signal

const awsAnswers: Record<string, Answer> = {
  'PUT /latest/api/token': 'secret-token',
  'GET /latest/meta-data/local-ipv4': '172.31.4.4',
  'GET /latest/meta-data/public-ipv4': '203.0.113.9',
}

const azureNetwork = 'GET /metadata/instance/network?api-version=2021-02-01'
const azureBalancer = 'GET /metadata/loadbalancer?api-version=2020-10-01'
const azure = (publicIpAddress: string): string =>
  JSON.stringify({
    interface: [
      {
        ipv4: {
          ipAddress: [{ privateIpAddress: '10.0.8.5', publicIpAddress }],
          subnet: [{ address: '10.0.8.0', prefix: '24' }],
        },
        ipv6: { ipAddress: [] },
        macAddress: '000D3A328570',
      },
    ],
  })

/** Opens the metadata of a machine of this kind, with a clock to turn. */
function openAt(origin: string, dmi: Record<string, string>) {
  const lines: string[] = []
  let now = 0
  const metadata = openMetadata({
    sys: makeSys(dmi),
    origin,
    signal: patient,
    log: (level, message) => lines.push(`${level} ${message}`),
    now: () => now,
  })
  return {
    metadata,
    lines,
    pass: (minutes: number) => {
      now += minutes * 60_000
    },
  }
}

describe('a machine of AWS', () => {
  it('asks with a token', async () => {
    await using service = await startMetadata(awsAnswers)
    const { metadata } = openAt(service.origin, firmware.aws)

    expect(await metadata.read('')).toEqual({ private: ['172.31.4.4'], public: ['203.0.113.9'] })

    const [first, ...others] = service.asked
    expect(first).toMatchObject({
      line: 'PUT /latest/api/token',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
    })
    for (const { headers } of others) {
      expect(headers).toMatchObject({ 'x-aws-ec2-metadata-token': 'secret-token' })
    }
  })

  it('may have no public address', async () => {
    const { 'GET /latest/meta-data/public-ipv4': _, ...inside } = awsAnswers
    await using service = await startMetadata(inside)
    const { metadata } = openAt(service.origin, firmware.aws)

    expect(await metadata.read('')).toEqual({ private: ['172.31.4.4'], public: [] })
  })

  it('is known by its older firmware too', async () => {
    await using service = await startMetadata(awsAnswers)
    const { metadata } = openAt(service.origin, {
      sys_vendor: 'Xen',
      bios_version: '4.11.amazon',
    })

    expect(await metadata.read('')).toMatchObject({ private: ['172.31.4.4'] })
  })
})

describe('a machine of Azure', () => {
  it('asks for its network', async () => {
    await using service = await startMetadata({ [azureNetwork]: azure('20.1.2.3') })
    const { metadata } = openAt(service.origin, firmware.azure)

    expect(await metadata.read('')).toEqual({ private: ['10.0.8.5'], public: ['20.1.2.3'] })
    expect(service.asked).toMatchObject([{ headers: { metadata: 'true' } }])
  })

  it('finds a public address of the SKU Standard in front of it', async () => {
    const publicIpAddresses = [
      { frontendIpAddress: '51.0.0.2', privateIpAddress: '10.0.8.6' },
      { frontendIpAddress: '51.0.0.1', privateIpAddress: '10.0.8.5' },
    ]
    await using service = await startMetadata({
      [azureNetwork]: azure(''),
      [azureBalancer]: JSON.stringify({ loadbalancer: { publicIpAddresses, inboundRules: [] } }),
    })
    const { metadata } = openAt(service.origin, firmware.azure)

    expect(await metadata.read('')).toEqual({ private: ['10.0.8.5'], public: ['51.0.0.1'] })
  })

  it.each([404, 500, '{}', '<html>'])('does without one where that is %j', async (answer) => {
    await using service = await startMetadata({
      [azureNetwork]: azure(''),
      [azureBalancer]: answer,
    })
    const { metadata } = openAt(service.origin, firmware.azure)

    expect(await metadata.read('')).toEqual({ private: ['10.0.8.5'], public: [] })
  })
})

describe('a machine of DigitalOcean', () => {
  const of = (interfaces: object): Record<string, Answer> => ({
    'GET /metadata/v1.json': JSON.stringify({ droplet_id: 1, user_data: 'secret', interfaces }),
  })

  it('asks for its interfaces', async () => {
    await using service = await startMetadata(
      of({
        public: [{ ipv4: { ip_address: '203.0.113.7', netmask: '', gateway: '' }, mac: '' }],
        private: [{ ipv4: { ip_address: '10.19.0.6' }, mac: '', type: 'private' }],
      }),
    )
    const { metadata } = openAt(service.origin, firmware.digitalocean)

    expect(await metadata.read('')).toEqual({ private: ['10.19.0.6'], public: ['203.0.113.7'] })
  })

  it('may have a public interface alone, or one without IPv4', async () => {
    await using service = await startMetadata(of({ public: [{ mac: '', ipv6: {} }] }))
    const { metadata } = openAt(service.origin, firmware.digitalocean)

    expect(await metadata.read('')).toEqual({ private: [], public: [] })
  })
})

describe('a machine of UpCloud', () => {
  it('prefers a network of its own to the utility network, and no floating address', async () => {
    const one = (type: string, address: string, rest = {}) => ({
      index: 1,
      type,
      mac: '',
      network_id: '',
      ip_addresses: [{ address, family: 'IPv4', dhcp: true, ...rest }],
    })
    const interfaces = [
      one('public', '203.0.113.8', { floating: true }),
      one('public', '203.0.113.7', { floating: false }),
      one('utility', '10.4.4.4'),
      one('private', '10.0.0.2'),
      one('public', '2a04:3540::1', { family: 'IPv6' }),
    ]
    await using service = await startMetadata({
      'GET /metadata/v1.json': JSON.stringify({ network: { interfaces }, user_data: 'secret' }),
    })
    const { metadata } = openAt(service.origin, firmware.upcloud)

    expect(await metadata.read('')).toEqual({
      private: ['10.0.0.2', '10.4.4.4'],
      public: ['203.0.113.7'],
    })
  })
})

describe('a machine of nobody', () => {
  it.each([
    ['has no firmware to read', {}],
    ['is a computer of Microsoft', { sys_vendor: 'Microsoft Corporation', chassis_asset_tag: '0' }],
    ['is a virtual machine', { sys_vendor: 'QEMU', bios_version: '1.16' }],
  ])('asks nobody where it %s', async (_what, dmi) => {
    await using service = await startMetadata(awsAnswers)
    const { metadata } = openAt(service.origin, dmi)

    expect(await metadata.read('')).toBeUndefined()
    expect(service.asked).toEqual([])
  })
})

describe('answers', () => {
  const lines = (asked: readonly { line: string }[]): number =>
    asked.filter(({ line }) => line.startsWith('PUT')).length

  it('count for an hour, unless the interfaces change', async () => {
    await using service = await startMetadata({ ...awsAnswers })
    const { metadata, pass } = openAt(service.origin, firmware.aws)

    await metadata.read('172.31.4.4')
    pass(59)
    await metadata.read('172.31.4.4')
    expect(lines(service.asked)).toBe(1)
    await metadata.read('172.31.4.4,10.0.0.1')
    expect(lines(service.asked)).toBe(2)
    pass(60)
    service.answers['GET /latest/meta-data/public-ipv4'] = '203.0.113.10'
    expect((await metadata.read('172.31.4.4,10.0.0.1'))?.public).toEqual(['203.0.113.10'])
  })

  it('that are missing are asked for again in a minute, and the last one counts meanwhile', async () => {
    await using service = await startMetadata({ ...awsAnswers })
    const { metadata, lines: log, pass } = openAt(service.origin, firmware.aws)
    const known = await metadata.read('')
    service.answers['PUT /latest/api/token'] = 503
    pass(60)

    expect(await metadata.read('')).toBe(known)
    expect(await metadata.read('')).toBe(known)
    expect(lines(service.asked)).toBe(2)
    pass(1)
    await metadata.read('')

    expect(lines(service.asked)).toBe(3)
    expect(log).toEqual([
      'warn the metadata service of aws tells no addresses: HTTP 503 for /latest/api/token',
    ])
  })

  it('that are missing again after there were some are worth another word', async () => {
    await using service = await startMetadata({ ...awsAnswers, 'PUT /latest/api/token': 403 })
    const { metadata, lines: log, pass } = openAt(service.origin, firmware.aws)
    await metadata.read('')
    service.answers['PUT /latest/api/token'] = 'token'
    pass(5)
    expect(await metadata.read('')).toMatchObject({ private: ['172.31.4.4'] })
    service.answers['PUT /latest/api/token'] = 403
    pass(60)
    await metadata.read('')

    expect(log).toHaveLength(2)
  })

  it.each<[string, Answer, string]>([
    ['no JSON', '<html>', 'it answers something else than JSON'],
    ['in another form', '{"interfaces":{"public":"no"}}', 'it answers in an unknown form'],
    ['a redirection', 302, 'HTTP 302 for /metadata/v1.json'],
    ['nothing', 404, 'it answers something else than JSON'],
    ['no end', 'x'.repeat(600_000), 'more than 524288 bytes for /metadata/v1.json'],
  ])('are refused that are %s', async (_what, answer, reason) => {
    await using service = await startMetadata({ 'GET /metadata/v1.json': answer })
    const { metadata, lines: log } = openAt(service.origin, firmware.digitalocean)

    expect(await metadata.read('')).toBeUndefined()
    expect(log).toEqual([`warn the metadata service of digitalocean tells no addresses: ${reason}`])
    expect(service.asked.map(({ line }) => line)).toEqual(['GET /metadata/v1.json'])
  })

  it('are not waited for once the agent ends', async () => {
    await using service = await startMetadata({ 'GET /metadata/v1.json': 'never' })
    const ending = new AbortController()
    const asking = askCloud('upcloud', { origin: service.origin, signal: ending.signal })

    ending.abort()

    await expect(asking).rejects.toThrow(/abort/i)
  })

  it('are not waited for where nobody is', async () => {
    const { metadata, lines: log } = openAt('http://127.0.0.1:1', firmware.aws)

    expect(await metadata.read('')).toBeUndefined()
    expect(log[0]).toContain('ECONNREFUSED')
  })
})
