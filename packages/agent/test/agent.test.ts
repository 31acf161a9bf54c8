import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeCodes, encodeFrame, hostInfo, hostStatistics } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../src/agent.ts'
import { info, startDocker } from './docker-double.ts'
import { soon, startMaster, type Welcome } from './master-double.ts'
import { nodeToken, runAgent } from './running-agent.ts'

describe('the handshake', () => {
  it('sends the documented headers with a node token', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master, {
      variables: { KONTENA_NODE_LABELS: 'az=eu-west-1a  stadt=Köln', KONTENA_NODE_ID: 'ABCD:EFGH' },
    })

    const { headers } = await master.client()

    expect(headers).toMatchObject({
      'kontena-node-id': 'ABCD:EFGH',
      'kontena-node-name': 'web-1',
      'kontena-version': '2.0.0',
      'kontena-node-token': nodeToken,
      'kontena-connected-at': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}Z$/),
    })
    expect(Buffer.from(String(headers['kontena-node-labels']), 'latin1').toString('utf8')).toBe(
      'az=eu-west-1a,stadt=Köln',
    )
    expect(headers).not.toHaveProperty('kontena-grid-token')
    expect(headers).not.toHaveProperty('sec-websocket-extensions')
  })

  it('sends the grid token where there is no node token', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master, {
      variables: { KONTENA_NODE_TOKEN: '', KONTENA_TOKEN: 'grid+token==' },
    })

    const { headers } = await master.client()

    expect(headers['kontena-grid-token']).toBe('grid+token==')
    expect(headers).not.toHaveProperty('kontena-node-token')
  })

  it("takes Docker's id and labels where it is told no others, and keeps the id", async () => {
    await using master = await startMaster()
    await using docker = await startDocker()
    const agent = runAgent(master, { variables: { KONTENA_DOCKER_SOCKET: docker.socket } })

    const { headers } = await master.client()
    await agent.stop()

    expect(headers).toMatchObject({ 'kontena-node-id': info.ID, 'kontena-node-labels': 'rack=7' })
  })
})

describe('an accepted agent', () => {
  it('publishes what Docker says of the host', async () => {
    await using master = await startMaster()
    await using docker = await startDocker()
    await using _agent = runAgent(master, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket, KONTENA_PRIVATE_IP: '10.0.0.7' },
    })

    const frame = await master.frame('/nodes/update')

    expect(frame).toMatchObject({ type: 'request', params: [info.ID, expect.anything()] })
    expect(hostInfo.parse(paramsOf(frame)[1])).toMatchObject({
      AgentVersion: '2.0.0',
      ServerVersion: '24.0.7',
      Driver: 'overlay2',
      PrivateIp: '10.0.0.7',
      Labels: ['rack=7'],
    })
  })

  it('joins without Docker and says so', async () => {
    await using master = await startMaster()
    await using agent = runAgent(master)

    const frame = await master.frame('/nodes/update')

    const sent = hostInfo.parse(paramsOf(frame)[1])
    expect(sent).toMatchObject({ Driver: null, ServerVersion: null })
    expect(sent.NCPU).toBeGreaterThan(0)
    expect(sent.MemTotal).toBeGreaterThan(0)
    expect(agent.log()).toMatch(/warn \[web-1\] no Docker at .*no-docker\.sock, going on without/)
  })

  it('publishes again and again', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master, { pace: { publish: 20 } })

    await master.frame('/nodes/update', { nth: 2 })
    const statistics = await master.frame('/nodes/stats', { nth: 2 })

    expect(statistics.type).toBe('notification')
    const sample = hostStatistics.parse(paramsOf(statistics)[1])
    expect(sample.memory.used).toBe(sample.memory.total - sample.memory.free)
    expect(sample.time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
  })

  it('publishes sooner again what the master did not take', async () => {
    await using master = await startMaster({ errors: [{ code: 500, message: 'database is busy' }] })
    await using agent = runAgent(master, { pace: { republish: 1 } })

    await master.frame('/nodes/update', { nth: 1 })

    expect(agent.log()).toContain('/nodes/update: 500 database is busy')
  })

  it('answers what it does not do with the code for that', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master)
    const { socket, frames } = await master.client()

    socket.send(encodeFrame({ type: 'request', id: 7, method: '/containers/kill', params: [] }))

    expect(await soon(() => frames.find(({ type }) => type === 'response'))).toEqual({
      type: 'response',
      id: 7,
      error: { code: 501, error: 'service not implemented' },
      result: null,
    })
  })

  it('outlives frames that are none, and calls it does not know', async () => {
    await using master = await startMaster()
    await using agent = runAgent(master, { pace: { publish: 20 } })
    const { socket } = await master.client()

    socket.send(Buffer.from([0xc1, 0xff]))
    socket.send('text')
    socket.send(encodeFrame({ type: 'notification', method: '/agent/node_info', params: [7] }))
    socket.send(encodeFrame({ type: 'notification', method: '/nobody/knows', params: [] }))
    socket.send(encodeFrame({ type: 'response', id: 99, error: undefined, result: 1 }))

    await master.frame('/nodes/update', { nth: 2 })
    expect(agent.log()).toContain('the master sent a frame that is no message')
    expect(master.clients).toHaveLength(1)
  })

  it('keeps the connection while the master answers pings', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master, { pace: { ping: 5 } })
    const { socket } = await master.client()
    let pings = 0
    socket.on('ping', () => {
      pings += 1
    })

    await soon(() => (pings > 5 ? true : undefined))

    expect(master.clients).toHaveLength(1)
  })

  it('drops a master that answers no ping, and connects again', async () => {
    await using master = await startMaster({ autoPong: false })
    await using agent = runAgent(master, { pace: { ping: 5, pong: 20 } })

    await master.client(1)

    expect(agent.log()).toContain('the master is silent: no pong in 0.02 s')
  })

  it('shares a process with others', async () => {
    await using master = await startMaster()
    await using first = runAgent(master, { variables: { KONTENA_NODE_NAME: 'web-1' } })
    await using second = runAgent(master, { variables: { KONTENA_NODE_NAME: 'web-2' } })
    await master.client(1)

    await first.stop()
    const left = await soon(() =>
      master.clients.find(({ headers }) => headers['kontena-node-name'] === 'web-2'),
    )
    await soon(() => left.frames.find(({ type }) => type === 'request'))

    const names = master.clients.map(({ headers }) => headers['kontena-node-name'])
    expect(names.toSorted()).toEqual(['web-1', 'web-2'])
    const ids = master.clients.map(({ headers }) => headers['kontena-node-id'])
    expect(new Set(ids).size).toBe(2)
    expect(second.log()).not.toContain('web-1]')
  })
})

describe('a connection that ends', () => {
  const ending = Object.entries(closeCodes).filter(([, { exit }]) => exit)
  const passing = Object.entries(closeCodes).filter(([, { exit }]) => !exit)

  it.each(ending)('ends the agent when the reason is %s', async (_reason, { code }) => {
    await using master = await startMaster({ plan: [code] })
    const agent = runAgent(master)

    expect(await agent.stopped).toBe(1)
    expect(agent.log()).toContain(
      `error [web-1] the master ends this agent: because of the test (${code})`,
    )
    expect(master.clients).toHaveLength(1)
  })

  it.each(passing)('is followed by another when the reason is %s', async (_reason, { code }) => {
    await using master = await startMaster({ plan: [code, 'accept'] })
    await using agent = runAgent(master, { random: () => 0 })

    await master.frame('/nodes/update', { client: 1 })

    expect(agent.waits).toEqual([1000])
  })

  it.each([401, 403])(
    'means the same when it is refused before the upgrade with %i',
    async (status) => {
      const refuse = (code: number): Welcome => ({
        status,
        headers: { 'Kontena-Close': `${code}` },
      })
      await using master = await startMaster({ plan: [refuse(4002), refuse(4040)] })
      const agent = runAgent(master, { random: () => 0 })

      expect(await agent.stopped).toBe(1)
      expect(agent.waits).toEqual([1000])
      expect(agent.log()).toContain(`the master ends this agent: HTTP ${status} (4040)`)
    },
  )

  it('tells why, as a refusal says, and reads no more of it than a reason needs', async () => {
    const headers = { 'Kontena-Close': '4002' }
    const refuse = (body: string): Welcome => ({ status: 401, headers, body })
    const plan = [
      refuse(JSON.stringify({ error: 'Invalid\nnode token' })),
      refuse(JSON.stringify({ error: 'x'.repeat(100_000) })),
      'accept' as const,
    ]
    await using master = await startMaster({ plan })
    await using agent = runAgent(master, { random: () => 0 })

    await master.frame('/nodes/update')

    expect(agent.log()).toContain('not connected: HTTP 401: Invalid node token (4002); trying')
    expect(agent.log()).toContain('not connected: HTTP 401 (4002); trying')
  })

  const foreign: { status: number; headers: Record<string, string> }[] = [
    { status: 502, headers: { 'Kontena-Close': '4040' } },
    { status: 403, headers: { 'Kontena-Close': 'nonsense' } },
    { status: 301, headers: { Location: 'ws://127.0.0.1:1/' } },
  ]
  it.each(foreign)(
    'is followed by another after an answer that no master gives: $status',
    async (answer) => {
      await using master = await startMaster({ plan: [answer, 'accept'] })
      await using agent = runAgent(master, { random: () => 0.5 })

      await master.frame('/nodes/update')

      expect(agent.waits).toEqual([500])
      expect(agent.log()).toContain(`HTTP ${answer.status} (1006)`)
    },
  )

  it('waits longer with each attempt, and starts over only after the master knew its node', async () => {
    await using master = await startMaster({
      plan: [4020, 4020, 1011, 1011, { acceptThenClose: 1011 }, 4020, 4040],
    })
    const agent = runAgent(master, { random: () => 0.9 })

    expect(await agent.stopped).toBe(1)

    expect(agent.waits).toEqual([1000, 1800, 3600, 7200, 900, 1800])
  })

  it('tries for ever while nothing listens there', async () => {
    const agent = runAgent({ url: 'ws://127.0.0.1:9' }, { random: () => 0 })

    await soon(() => (agent.waits.length > 3 ? true : undefined))
    await agent.stop()

    expect(agent.log()).toContain('ECONNREFUSED')
  })

  it('gives up on a master that takes connections and says nothing', async () => {
    await using silent = await listenSilently()
    const agent = runAgent(silent, { random: () => 0, pace: { connect: 20 } })

    await soon(() => (agent.waits.length > 1 ? true : undefined))
    await agent.stop()

    expect(agent.log()).toContain('Opening handshake has timed out')
  })
})

describe('stop', () => {
  it('says goodbye and ends with 0', async () => {
    await using master = await startMaster()
    const agent = runAgent(master)
    const client = await master.client()
    await master.frame('/nodes/update')

    await agent.stop()

    expect(await client.closed).toBe(1000)
    expect(await agent.stopped).toBe(0)
    await agent.stop()
  })

  it('does not wait for the next attempt', async () => {
    await using master = await startMaster({ plan: [4020] })
    const agent = startAgent(
      { KONTENA_URI: master.url, KONTENA_TOKEN: 'x', KONTENA_NODE_ID: 'x' },
      { write: () => {}, random: () => 0.99 },
    )
    await (await master.client()).closed
    await sleep(20)

    await agent.stop()

    expect(master.clients).toHaveLength(1)
  })

  it('does not wait for a master that never answers', async () => {
    await using silent = await listenSilently()
    const agent = runAgent(silent)
    await silent.reached

    await agent.stop()

    expect(await agent.stopped).toBe(0)
  })
})

describe('the log', () => {
  it('holds a line per event and never a token', async () => {
    await using master = await startMaster({ plan: [4002, 'accept'] })
    await using agent = runAgent(master, { variables: { LOG_LEVEL: 'debug' } })
    await master.frame('/nodes/stats', { client: 1 })

    for (const line of agent.log().trimEnd().split('\n')) {
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\S+Z (debug|info|warn|error) \[web-1\] \S/)
    }
    expect(agent.log()).toContain('this is node web-1 of grid prod')
    expect(agent.log()).not.toContain(nodeToken)
  })

  it('tells all that is wrong with the environment, and ends', async () => {
    const lines: string[] = []
    const agent = startAgent(
      { KONTENA_URI: 'ftp://x', KONTENA_PRIVATE_IP: 'ten', LOG_LEVEL: 'loud' },
      { write: (line) => lines.push(line) },
    )

    expect(await agent.stopped).toBe(1)
    expect(lines.map((line) => line.slice(line.indexOf(' ')).trim())).toMatchInlineSnapshot(`
      [
        "error [kontena-agent] Configuration error: KONTENA_URI must be the URL of the master and no more, as in wss://master.example.com",
        "error [kontena-agent] Configuration error: KONTENA_PRIVATE_IP must be an IP address",
        "error [kontena-agent] Configuration error: LOG_LEVEL must be one of debug, info, warn, error",
      ]
    `)
  })

  it('names a file of the authority that cannot be read', async () => {
    const agent = runAgent({ url: 'wss://x' }, { variables: { SSL_CERT_FILE: '/nowhere/ca.pem' } })

    expect(await agent.stopped).toBe(1)
    expect(agent.log()).toContain(
      'Configuration error: SSL_CERT_FILE /nowhere/ca.pem cannot be read',
    )
  })
})

/** Something that takes connections and never says a word. */
async function listenSilently() {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `ws://127.0.0.1:${address.port}`,
    reached: once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function paramsOf(frame: { type: string; params?: unknown[] }): unknown[] {
  return frame.params ?? []
}
