import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readTrust } from '../../src/connection/trust.ts'
import { runDoctor } from '../../src/doctor/doctor.ts'
import { examineTls } from '../../src/doctor/examine-tls.ts'
import { placeOf } from '../../src/doctor/examine-way.ts'
import { readEnvironment, type Variables } from '../../src/environment.ts'
import type { Places } from '../../src/places.ts'
import { firmware, makeSys, startMetadata } from '../addresses/metadata/metadata-double.ts'
import { hasOpenssl, makeAuthority } from '../authority.ts'
import { info, startDocker } from '../docker-double.ts'
import { makeFolder } from '../folder.ts'
import { startMaster } from '../master-double.ts'
import { nodeToken } from '../running-agent.ts'

const report = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      name: z.string(),
      level: z.string(),
      message: z.string(),
      next: z.string().optional(),
    }),
  ),
})

interface Patient {
  variables?: Variables
  places?: Partial<Places>
}

/** A host on which all is well but for what the test says. */
async function examine(url: string, { variables = {}, places = {} }: Patient = {}) {
  const folder = makeFolder()
  let text = ''
  const code = await runDoctor(
    {
      KONTENA_URI: url,
      KONTENA_NODE_TOKEN: nodeToken,
      KONTENA_NODE_NAME: 'web-1',
      KONTENA_STATE_DIR: folder,
      KONTENA_DOCKER_SOCKET: join(folder, 'no-docker.sock'),
      KONTENA_PRIVATE_IP: '10.0.0.7',
      ...variables,
    },
    {
      json: true,
      patience: 2000,
      places: { sys: folder, proc: folder, ...places },
      write: (more) => {
        text += more
      },
    },
  )
  const { ok, findings } = report.parse(JSON.parse(text))
  const find = (name: string) => findings.filter((finding) => finding.name === name)
  return { code, ok, text, findings, find }
}

describe('kontena-agent doctor', () => {
  it('finds nothing wrong where nothing is, and disturbs nobody', async () => {
    await using master = await startMaster()
    await using docker = await startDocker({ '/info': info })

    const { code, ok, findings, text } = await examine(master.url, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket },
    })

    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(findings.map(({ name }) => name)).toEqual([
      ...['environment', 'DNS', 'TCP', 'TLS', 'HTTP', 'clock', 'WebSocket'],
      ...['Docker', 'disk', 'state', 'addresses', 'overlay', 'firewall'],
    ])
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(master.clients).toEqual([])
    expect(master.nobodies).toHaveLength(1)
    expect(master.nobodies[0]).not.toHaveProperty('kontena-node-token')
    expect(text).not.toContain(nodeToken)
  })

  it('reads like this', async () => {
    await using master = await startMaster({
      greeting: { name: 'Kontena Master', version: '1.5.4' },
    })
    let text = ''

    const code = await runDoctor(
      {
        KONTENA_URI: master.url,
        KONTENA_TOKEN: 'grid-token',
        KONTENA_NODE_NAME: 'web-1',
        KONTENA_STATE_DIR: '/dev/null/kontena',
        KONTENA_DOCKER_SOCKET: '/nowhere/docker.sock',
        KONTENA_PRIVATE_IP: '10.0.0.7',
        KONTENA_PUBLIC_IP: '203.0.113.7',
        KONTENA_LABELS: 'az=a',
      },
      {
        json: false,
        places: { sys: '/nowhere', proc: '/nowhere' },
        write: (more) => {
          text += more
        },
      },
    )

    expect(code).toBe(1)
    const stable = text
      .replaceAll(String(master.port), 'PORT')
      .replace(/in \d+ ms/, 'in 1 ms')
      .replace(/(disk .*) is \d+ %/, '$1 is 42 %')
    expect(stable).toMatchInlineSnapshot(`
      "ok    environment  web-1 at ws://127.0.0.1:PORT/, with the token of the grid
      warn  environment  KONTENA_LABELS is no variable of this agent, and does nothing
                         next: check how it is written
      ok    DNS          127.0.0.1 needs none
      ok    TCP          127.0.0.1 port PORT answers in 1 ms
      ok    TLS          none, and none is needed on this host itself
      fail  HTTP         Kontena Master 1.5.4 takes no agent 2.0.0
                         next: run an agent 1.5 here, or a master 2.0
      ok    clock        within a second of the master
      warn  Docker       none at /nowhere/docker.sock: connect ENOENT /nowhere/docker.sock
                         next: systemctl status docker; in a container the socket has to be mounted
      ok    disk         / is 42 % full
      fail  state        /dev/null/kontena cannot be written: ENOTDIR: not a directory, access '/dev/null/kontena'
                         next: mount a folder there, or name another one in KONTENA_STATE_DIR
      ok    addresses    private 10.0.0.7, public 203.0.113.7
      ok    overlay      nothing listens on 6783 and 6784: the overlay network is not part of this agent yet
      ok    firewall     this host's firewall admits no peers, or there is none
      "
    `)
  })

  it('tells all that is wrong with the environment, and no token', async () => {
    const { code, findings, text } = await examine('master', {
      variables: { KONTENA_NODE_TOKEN: 'secret\n', LOG_LEVEL: 'loud' },
    })

    expect(code).toBe(1)
    expect(findings.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'fail KONTENA_URI must be the URL of the master and no more, as in wss://master.example.com',
      'fail KONTENA_NODE_TOKEN must not hold control characters',
      'fail LOG_LEVEL must be one of debug, info, warn, error',
    ])
    expect(text).not.toContain('secret')
  })
})

describe('the way to the master', () => {
  it('may end at the name', async () => {
    const { code, find } = await examine('ws://master.invalid')

    expect(code).toBe(1)
    expect(find('DNS')).toMatchObject([{ level: 'fail', next: expect.stringMatching('getent') }])
    expect(find('TCP')).toEqual([])
  })

  it('may end at the port', async () => {
    const { find } = await examine('ws://127.0.0.1:1')

    expect(find('TCP')).toMatchObject([
      { level: 'fail', message: 'nothing listens at 127.0.0.1 port 1' },
    ])
    expect(find('HTTP')).toEqual([])
  })

  it('may end at something that is no master', async () => {
    await using master = await startMaster({ greeting: { name: 'nginx' } })

    const { find } = await examine(master.url)

    expect(find('HTTP')).toMatchObject([
      { level: 'fail', message: 'HTTP 200, and no word of a master' },
    ])
    expect(find('WebSocket')).toEqual([])
  })

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'HTTP 400'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', 'HTTP 200'],
    ['HTTP/1.1 403 Forbidden\r\nKontena-Close: 4001\r\n\r\n', 'closed with 4001'],
    ['nonsense', 'Parse Error'],
  ])('may end at a proxy that answers upgrades with %j', async (nobody, message) => {
    await using master = await startMaster({ nobody })

    const { code, find } = await examine(master.url)

    expect(code).toBe(1)
    expect(find('WebSocket')).toMatchObject([
      { level: 'fail', message: expect.stringContaining(message) },
    ])
  })

  it('is readable for others where it leads away without TLS', async () => {
    const url = 'ws://192.0.2.1/'
    const read = readEnvironment({ KONTENA_URI: url, KONTENA_TOKEN: 'grid-token' })
    if ('problems' in read) throw new Error(read.problems.join())
    const { settings } = read

    const trust = await readTrust(settings.trust)
    const finding = await examineTls(placeOf(url), { settings, trust, milliseconds: 1000 })

    expect(finding).toMatchObject({ level: 'warn', next: expect.stringContaining('--tls') })
  })
})

describe.skipIf(!hasOpenssl)('the way to a master with TLS', () => {
  it('is good with its authority', async () => {
    const { tls, file } = makeAuthority()
    await using master = await startMaster({ tls })

    const { code, find } = await examine(master.url, { variables: { SSL_CERT_FILE: file } })

    expect(code).toBe(0)
    // It is good for two days.
    expect(find('TLS')).toMatchObject([{ level: 'warn' }])
    expect(find('TLS')[0]?.message).toContain(`by test, good until`)
    expect(find('TLS')[0]?.message).toContain(`trusted by SSL_CERT_FILE ${file}`)
  })

  it('may end at an authority that nobody here trusts', async () => {
    const { tls } = makeAuthority()
    await using master = await startMaster({ tls })

    const { code, find } = await examine(master.url)

    expect(code).toBe(1)
    expect(find('TLS')).toMatchObject([
      {
        level: 'fail',
        message: expect.stringContaining("by test is none that Node's list of authorities vouches"),
        next: expect.stringContaining('kontena node env NODE --ca'),
      },
    ])
    expect(find('HTTP')).toEqual([])
  })

  it('may end at the name of its certificate, and go on with KONTENA_SSL_HOSTNAME', async () => {
    const { tls, file } = makeAuthority('DNS:master.internal')
    await using master = await startMaster({ tls })
    const variables = { SSL_CERT_FILE: file }

    const { find } = await examine(master.url, { variables })
    expect(find('TLS')).toMatchObject([
      { message: 'its certificate is for DNS:master.internal, not for 127.0.0.1' },
    ])

    const named = { ...variables, KONTENA_SSL_HOSTNAME: 'master.internal' }
    expect((await examine(master.url, { variables: named })).code).toBe(0)
  })

  it('is a warning where nothing is verified', async () => {
    const { tls } = makeAuthority()
    await using master = await startMaster({ tls })

    const { code, find } = await examine(master.url, {
      variables: { KONTENA_SSL_VERIFY: 'false' },
    })

    expect(code).toBe(0)
    expect(find('TLS')).toMatchObject([{ level: 'warn' }])
  })

  it('may end where there is no TLS', async () => {
    await using master = await startMaster()

    const { find } = await examine(master.url.replace('ws:', 'wss:'))

    expect(find('TLS')).toMatchObject([{ level: 'fail', next: expect.stringContaining('ws://') }])
  })

  it('may end at a file that cannot be read', async () => {
    const { find } = await examine('wss://127.0.0.1:1', {
      variables: { SSL_CERT_FILE: '/nowhere/ca.pem' },
    })

    expect(find('TLS')).toMatchObject([{ message: expect.stringContaining('/nowhere/ca.pem') }])
  })
})

describe('the host', () => {
  it('may have no Docker, which an agent goes on without', async () => {
    await using master = await startMaster()

    const { code, find } = await examine(master.url)

    expect(code).toBe(0)
    expect(find('Docker')).toMatchObject([{ level: 'warn', next: expect.any(String) }])
  })

  it('needs a folder for its state', async () => {
    await using master = await startMaster()
    const variables = { KONTENA_STATE_DIR: '/dev/null/kontena' }

    const { code, find } = await examine(master.url, { variables })
    expect(code).toBe(1)
    expect(find('state')).toMatchObject([{ level: 'fail' }])

    const missing = { KONTENA_STATE_DIR: '/nowhere/kontena' }
    const first = await examine(master.url, { variables: missing })
    expect(first.find('state')).toMatchObject([{ level: 'warn' }])

    const given = { ...variables, KONTENA_NODE_ID: 'given' }
    expect((await examine(master.url, { variables: given })).code).toBe(0)
  })

  it('tells what its cloud says, or that it says nothing', async () => {
    await using master = await startMaster()
    const variables = { KONTENA_PRIVATE_IP: '' }
    await using service = await startMetadata({
      'PUT /latest/api/token': 'token',
      'GET /latest/meta-data/public-ipv4': '203.0.113.9',
    })
    const sys = makeSys(firmware.aws)

    const places = { sys, metadata: service.origin }
    const told = await examine(master.url, { variables, places })
    expect(told.find('metadata')).toMatchObject([{ level: 'ok' }])
    expect(told.find('addresses')[0]?.message).toContain('public 203.0.113.9')

    const silent = { sys, metadata: 'http://127.0.0.1:1' }
    const lost = await examine(master.url, { variables, places: silent })
    expect(lost.code).toBe(0)
    expect(lost.find('metadata')).toMatchObject([
      { level: 'warn', message: expect.stringContaining('ECONNREFUSED') },
    ])
  })

  it('tells who listens on the ports of the overlay', async () => {
    await using master = await startMaster()
    const proc = makeFolder()
    mkdirSync(join(proc, 'net'))
    const head = '  sl  local_address rem_address   st tx_queue rx_queue\n'
    writeFileSync(
      join(proc, 'net/tcp'),
      `${head}   0: 00000000:1A7F 00000000:0000 0A 0:0\n   1: 0100007F:1A80 0100007F:9999 01 0:0\n`,
    )
    writeFileSync(
      join(proc, 'net/udp6'),
      `${head}  12: ${'0'.repeat(32)}:1A80 ${'0'.repeat(32)}:0000 07 0:0\n`,
    )

    const { find } = await examine(master.url, { places: { proc } })

    expect(find('overlay')[0]?.message).toBe('something listens on 6783/tcp and 6784/udp')
  })

  it('tells whether its firewall took the peers', async () => {
    await using master = await startMaster()
    const folder = makeFolder()
    const firewall = { settingsFolder: folder, runFolder: folder }
    const file = (name: string, text: string): void => writeFileSync(join(folder, name), text)
    file('firewall.nft', '')
    const peers =
      'flush set inet kontena peers\nadd element inet kontena peers { 10.0.0.6, 10.0.0.7 }\n'
    file('peers.nft', peers)
    file('peers.applied', peers)

    const { find } = await examine(master.url, { places: { firewall } })

    expect(find('firewall')).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/: 2$/) },
    ])
  })
})
