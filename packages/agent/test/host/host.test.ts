import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFrame, hostInfo } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { firmware, makeSys, startMetadata } from '../addresses/metadata/metadata-double.ts'
import { info, startDocker } from '../docker-double.ts'
import { makeFolder } from '../folder.ts'
import { node, soon, startMaster } from '../master-double.ts'
import { runAgent } from '../running-agent.ts'

const containers = (count: number): unknown[] =>
  Array.from({ length: count }, (_, index) => ({ Id: String(index) }))

function publishedBy(frame: { type: string; params?: unknown[] }) {
  return hostInfo.parse(frame.params?.[1])
}

/** Fast where something waits for a change. */
const pace = { settle: 1, docker: 1 }

describe('an agent whose host has Docker', () => {
  it('counts the containers of services', async () => {
    await using master = await startMaster()
    await using docker = await startDocker({ '/info': info, '/containers/json': containers(3) })
    await using _agent = runAgent(master, { variables: { KONTENA_DOCKER_SOCKET: docker.socket } })

    const published = publishedBy(await master.frame('/nodes/update'))

    expect(published.ServiceContainers).toBe(3)
  })

  it('knows no number where Docker gives none', async () => {
    await using master = await startMaster()
    await using docker = await startDocker({ '/info': info })
    await using _agent = runAgent(master, { variables: { KONTENA_DOCKER_SOCKET: docker.socket } })

    const published = publishedBy(await master.frame('/nodes/update'))

    expect(published.ServiceContainers ?? null).toBeNull()
  })

  it('publishes at once when a container starts or ends', async () => {
    await using master = await startMaster()
    const answers: Record<string, unknown> = { '/info': info, '/containers/json': containers(1) }
    await using docker = await startDocker(answers)
    await using _agent = runAgent(master, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket },
      pace,
    })
    await master.frame('/nodes/update')
    await soon(() => (docker.followers.size > 0 ? true : undefined))

    answers['/containers/json'] = containers(2)
    docker.happen({ Type: 'container', Action: 'start' })

    const second = publishedBy(await master.frame('/nodes/update', { nth: 1 }))
    expect(second.ServiceContainers).toBe(2)
  })

  it('outlives a Docker that goes and comes back, and tells of both', async () => {
    await using master = await startMaster()
    const docker = await startDocker({ '/info': info })
    await using agent = runAgent(master, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket },
      pace,
    })
    await master.frame('/nodes/update')
    await soon(() => (docker.followers.size > 0 ? true : undefined))

    await docker[Symbol.asyncDispose]()
    await soon(() => agent.log().match(/no Docker at .*, going on without/) ?? undefined)
    const newer = { ...info, ServerVersion: '28.2.2' }
    await using _again = await startDocker({ '/info': newer }, docker.socket)

    await soon(() => agent.log().match(/Docker 28\.2\.2 at/) ?? undefined)
    expect(master.clients).toHaveLength(1)
  })
})

describe('an agent that the master ends', () => {
  it('leaves nobody behind who watches its host', async () => {
    await using master = await startMaster({ plan: [4040] })
    await using docker = await startDocker({ '/info': info })
    const agent = runAgent(master, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket },
      pace,
    })

    expect(await agent.stopped).toBe(1)

    await soon(() => (docker.sockets() === 0 ? true : undefined))
  })
})

describe('an agent in a cloud', () => {
  it('publishes the address under which the cloud lets the world call', async () => {
    await using service = await startMetadata({
      'PUT /latest/api/token': 'token',
      'GET /latest/meta-data/local-ipv4': '192.0.2.77',
      'GET /latest/meta-data/public-ipv4': '203.0.113.9',
    })
    await using master = await startMaster()
    await using _agent = runAgent(master, {
      places: { sys: makeSys(firmware.aws), metadata: service.origin },
    })

    const published = publishedBy(await master.frame('/nodes/update'))

    expect(published.PublicIp).toBe('203.0.113.9')
    expect(published.PrivateIp).not.toBe('192.0.2.77')
  })

  it('joins all the same where the cloud’s service breaks', async () => {
    await using service = await startMetadata({ 'PUT /latest/api/token': 500 })
    await using master = await startMaster()
    await using agent = runAgent(master, {
      places: { sys: makeSys(firmware.aws), metadata: service.origin },
    })

    await master.frame('/nodes/update')

    expect(agent.log()).toContain('the metadata service of aws tells no addresses: HTTP 500')
  })
})

describe('an agent that the master talks to', () => {
  it('answers how its host does', async () => {
    await using master = await startMaster()
    await using _agent = runAgent(master)
    const { socket, frames } = await master.client()

    socket.send(encodeFrame({ type: 'request', id: 7, method: '/etcd/health', params: [] }))

    const answer = await soon(() => frames.find(({ type }) => type === 'response'))
    expect(answer).toMatchObject({
      id: 7,
      error: undefined,
      result: {
        health: false,
        checks: [{ name: 'docker', ok: false }, { name: 'disk' }, { name: 'clock', ok: true }, {}],
      },
    })
  })

  it.each([
    ['2001-01-01 00:00:00.000000000Z', false],
    [undefined, true],
  ])('compares clocks when the master says %s', async (time, ok) => {
    await using master = await startMaster({ time })
    await using _agent = runAgent(master)
    const { socket, frames } = await master.client()

    socket.send(encodeFrame({ type: 'request', id: 7, method: '/etcd/health', params: [] }))

    const answer = await soon(() => frames.find(({ type }) => type === 'response'))
    expect(answer).toMatchObject({ result: { checks: [{}, {}, { name: 'clock', ok }, {}] } })
  })

  it('tells the firewall every word about its peers', async () => {
    const folder = makeFolder()
    const firewall = { settingsFolder: join(folder, 'etc'), runFolder: join(folder, 'run') }
    mkdirSync(firewall.settingsFolder)
    mkdirSync(firewall.runFolder)
    writeFileSync(join(firewall.settingsFolder, 'firewall.nft'), '')
    const peers = (): string => readFileSync(join(firewall.runFolder, 'peers.nft'), 'utf8')
    await using master = await startMaster()
    await using agent = runAgent(master, { places: { firewall } })
    const { socket } = await master.client()
    await soon(() => agent.log().match(/told the firewall 0 peers/) ?? undefined)

    const news = { ...node, peer_ips: ['10.0.0.6', 'nonsense'] }
    socket.send(encodeFrame({ type: 'notification', method: '/agent/node_info', params: [news] }))

    await soon(() => (peers().includes('10.0.0.6') ? true : undefined))
    expect(peers()).not.toContain('nonsense')
  })
})
