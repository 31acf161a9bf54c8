import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { makeServer, type Opened, openSandbox, refusal, refusalCode, serverBody } from './open.ts'

async function reaches({ sandbox }: Opened, ...states: readonly string[]): Promise<void> {
  await vi.waitFor(
    () => expect(sandbox.upcloud.servers().map(({ state }) => state)).toEqual(states),
    5000,
  )
}

async function running(options = {}) {
  const opened = await openSandbox(options)
  const uuid = await makeServer(opened)
  await reaches(opened, 'started')
  return { ...opened, uuid }
}

const hard = { stop_server: { stop_type: 'hard' } }
const listed = z.object({ servers: z.object({ server: z.array(z.object({ title: z.string() })) }) })

describe('a server', () => {
  test('is in maintenance while its disk is cloned, then started', async () => {
    const opened = await openSandbox({ bootTime: 600 })
    const reply = await opened.call('POST', 'server', serverBody())
    expect(reply.status).toBe(202)
    expect(reply.body).toMatchObject({
      server: {
        state: 'maintenance',
        progress: '0',
        core_number: '1',
        memory_amount: '2048',
        metadata: 'yes',
        username: 'root',
      },
    })
    expect(reply.body).not.toHaveProperty('server.password')
    const { uuid = '' } = opened.sandbox.upcloud.servers()[0] ?? {}
    await vi.waitFor(async () => {
      const { body } = await opened.call('GET', `server/${uuid}`)
      expect(body).toHaveProperty('server.progress', '50')
    })
    await reaches(opened, 'started')
    const now = await opened.call('GET', `server/${uuid}`)
    expect(now.body).not.toHaveProperty('server.progress')
    expect(now.body).toMatchObject({
      server: {
        ip_addresses: {
          ip_address: [
            { access: 'public', family: 'IPv4', address: expect.stringMatching(/^198\.19\./) },
            { access: 'utility', family: 'IPv4', address: '10.2.0.2' },
            { access: 'public', family: 'IPv6' },
          ],
        },
        storage_devices: { storage_device: [{ storage_size: 50, storage_tier: 'maxiops' }] },
      },
    })
  })
  test('is made again by the same call', async () => {
    const { call, sandbox } = await openSandbox()
    await call('POST', 'server', serverBody())
    await call('POST', 'server', serverBody())
    expect(sandbox.upcloud.servers()).toHaveLength(2)
  })
  test('still shows that it is started when it is told to stop', async () => {
    const opened = await running({ bootTime: 100 })
    const { call, uuid } = opened
    const reply = await call('POST', `server/${uuid}/stop`, hard)
    expect(reply).toMatchObject({ status: 200, body: { server: { state: 'started' } } })
    await reaches(opened, 'stopped')
    const now = await call('GET', `server/${uuid}`)
    expect(now.body).not.toHaveProperty('server.host')
    expect(await refusalCode(call('POST', `server/${uuid}/stop`, hard))).toBe(
      'SERVER_STATE_ILLEGAL',
    )
  })
  test('goes off at its timeout where it does not listen', async () => {
    const opened = await running()
    const { call, uuid, sandbox } = opened
    sandbox.faults.add({ kind: 'slow-terminate', delay: 60_000, times: 1 })
    const soft = { stop_server: { stop_type: 'soft', timeout: '1' } }
    await call('POST', `server/${uuid}/stop`, soft)
    expect(sandbox.upcloud.servers()[0]?.state).toBe('started')
    await reaches(opened, 'stopped')
  })
  test('goes off at once when the plug is pulled after that', async () => {
    const opened = await running()
    const { call, uuid, sandbox } = opened
    sandbox.faults.add({ kind: 'slow-terminate', delay: 60_000, times: 1 })
    await call('POST', `server/${uuid}/stop`, {
      stop_server: { stop_type: 'soft', timeout: '600' },
    })
    await call('POST', `server/${uuid}/stop`, hard)
    await reaches(opened, 'stopped')
  })
  test('starts again, and restarts through maintenance', async () => {
    const opened = await running({ bootTime: 100 })
    const { call, uuid } = opened
    await call('POST', `server/${uuid}/stop`, hard)
    await reaches(opened, 'stopped')
    const reply = await call('POST', `server/${uuid}/start`, { server: {} })
    expect(reply.body).toMatchObject({ server: { state: 'started' } })
    expect(await refusalCode(call('POST', `server/${uuid}/start`))).toBe('SERVER_STATE_ILLEGAL')
    await reaches(opened, 'started')
    const restart = {
      restart_server: { stop_type: 'hard', timeout: '60', timeout_action: 'ignore' },
    }
    expect((await call('POST', `server/${uuid}/restart`, restart)).body).toMatchObject({
      server: { state: 'started' },
    })
    await vi.waitFor(() => expect(opened.sandbox.upcloud.servers()[0]?.state).toBe('maintenance'), {
      interval: 1,
    })
    await reaches(opened, 'started')
  })
  test('cannot be touched while it is in maintenance', async () => {
    const opened = await openSandbox({ bootTime: 5000 })
    const uuid = await makeServer(opened)
    const refused = await refusal(opened.call('POST', `server/${uuid}/stop`, hard))
    expect(refused).toEqual({
      status: 409,
      code: 'SERVER_STATE_ILLEGAL',
      message: `The operation is not allowed while the server ${uuid} is in state 'maintenance'.`,
    })
    for (const [method, path, body] of [
      ['DELETE', `server/${uuid}`],
      ['PUT', `server/${uuid}`, { server: { title: 'other' } }],
      ['PUT', `server/${uuid}/firewall_rule`, { firewall_rules: { firewall_rule: [] } }],
    ] as const) {
      expect(await refusalCode(opened.call(method, path, body))).toBe('SERVER_STATE_ILLEGAL')
    }
  })
  test('that failed to start is in error until the vendor has dealt with it', async () => {
    const opened = await openSandbox({ bootTime: 100 })
    opened.sandbox.faults.add({ kind: 'boot-failure', zone: 'fi-hel1', times: 1 })
    await makeServer(opened)
    await reaches(opened, 'error')
    await reaches(opened, 'stopped')
  })
  test('has a new title and new labels, but another plan only while it is off', async () => {
    const opened = await running()
    const { call, uuid, sandbox } = opened
    const labels = { label: [{ key: 'env', value: 'test' }] }
    await call('PUT', `server/${uuid}`, { server: { title: 'other', labels, firewall: 'on' } })
    expect(sandbox.upcloud.servers()[0]).toMatchObject({
      title: 'other',
      labels: { env: 'test' },
      firewall: 'on',
    })
    const larger = { server: { plan: '2xCPU-4GB' } }
    expect(await refusalCode(call('PUT', `server/${uuid}`, larger))).toBe('SERVER_STATE_ILLEGAL')
    await call('POST', `server/${uuid}/stop`, hard)
    await reaches(opened, 'stopped')
    expect((await call('PUT', `server/${uuid}`, larger)).status).toBe(202)
    expect(sandbox.upcloud.servers()[0]?.plan).toBe('2xCPU-4GB')
  })
  test.each([
    ['GET', 'server/web-1', 400, 'SERVER_INVALID'],
    ['GET', 'server/00798b85-efdc-41ca-8021-f6ef457b8531', 404, 'SERVER_NOT_FOUND'],
    ['DELETE', 'server/00798b85-efdc-41ca-8021-f6ef457b8531/?storages=1', 404, 'SERVER_NOT_FOUND'],
  ])('%s %s is refused', async (method, path, status, code) => {
    const { call } = await openSandbox()
    expect(await refusal(call(method, path))).toMatchObject({ status, code })
  })
})

describe('deleting a server', () => {
  async function stopped(options = {}) {
    const opened = await running(options)
    await opened.call('POST', `server/${opened.uuid}/stop`, hard)
    await reaches(opened, 'stopped')
    return opened
  }

  test('is refused until it is stopped', async () => {
    const { call, uuid } = await running()
    expect(await refusal(call('DELETE', `server/${uuid}/?storages=1`))).toMatchObject({
      status: 409,
      code: 'SERVER_STATE_ILLEGAL',
    })
  })
  test('takes its disks along where the call says so', async () => {
    const opened = await stopped()
    const { call, uuid, sandbox } = opened
    expect((await call('DELETE', `server/${uuid}/?storages=1&backups=delete`)).status).toBe(204)
    expect(sandbox.upcloud.storages()).toEqual([])
    expect(sandbox.upcloud.addresses()).toEqual([])
    await reaches(opened)
    expect(await refusalCode(call('DELETE', `server/${uuid}`))).toBe('SERVER_NOT_FOUND')
  })
  test('leaves its disks behind where it does not, and they can be deleted alone', async () => {
    const opened = await stopped()
    const { call, uuid, sandbox } = opened
    await call('DELETE', `server/${uuid}`)
    const [storage] = sandbox.upcloud.storages()
    expect(storage).toMatchObject({ title: 'web-1', size: 50, serverId: undefined })
    expect((await call('DELETE', `storage/${storage?.uuid}`)).status).toBe(204)
    expect(sandbox.upcloud.storages()).toEqual([])
  })
  test('shows for a moment that it is going', async () => {
    const opened = await stopped({ bootTime: 400 })
    await opened.call('DELETE', `server/${opened.uuid}/?storages=1`)
    const { body } = await opened.call('GET', `server/${opened.uuid}`)
    expect(body).toMatchObject({ server: { state: 'pending_delete' } })
    await reaches(opened)
  })
  test.each([
    ['storages=yes', 'STORAGE_DELETION_POLICY_INVALID'],
    ['storages=1&backups=some', 'BACKUP_DELETION_POLICY_INVALID'],
  ])('with %s is refused', async (query, code) => {
    const { call, uuid } = await stopped()
    expect(await refusalCode(call('DELETE', `server/${uuid}/?${query}`))).toBe(code)
  })
})

describe('a list of servers', () => {
  const label = (key: string, value: string) => ({ labels: { label: [{ key, value }] } })

  test('by label has those that carry all of them', async () => {
    const opened = await openSandbox()
    await makeServer(opened, { title: 'a', ...label('grid', 'prod') })
    await makeServer(opened, { title: 'b', ...label('grid', 'a=b') })
    await makeServer(opened, { title: 'c' })
    const titles = async (query: string) => {
      const { body } = await opened.call('GET', `server/?${query}`)
      return listed.parse(body).servers.server.map(({ title }) => title)
    }
    expect(await titles('')).toEqual(['a', 'b', 'c'])
    expect(await titles('label=grid')).toEqual(['a', 'b'])
    expect(await titles('label=grid%3Dprod')).toEqual(['a'])
    expect(await titles('label=grid%3Da%3Db')).toEqual(['b'])
    expect(await titles('label=grid&label=order')).toEqual([])
    expect(await titles('limit=1&offset=1')).toEqual(['b'])
  })
  test('has only the most relevant of each', async () => {
    const opened = await openSandbox()
    await makeServer(opened)
    const { body } = await opened.call('GET', 'server')
    expect(body).toHaveProperty('servers.server.0.state')
    expect(body).not.toHaveProperty('servers.server.0.ip_addresses')
    expect(body).not.toHaveProperty('servers.server.0.storage_devices')
  })
  test('may lack a new one for a while', async () => {
    const opened = await openSandbox({ consistencyDelay: 150 })
    const uuid = await makeServer(opened)
    expect((await opened.call('GET', 'server')).body).toEqual({ servers: { server: [] } })
    expect(await refusalCode(opened.call('GET', `server/${uuid}`))).toBe('SERVER_NOT_FOUND')
    await vi.waitFor(async () => {
      expect((await opened.call('GET', 'server')).body).toHaveProperty('servers.server.length', 1)
    })
  })
})
