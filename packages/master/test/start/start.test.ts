import { once } from 'node:events'
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { openMasterClient } from '@kontena/protocol'
import BetterSqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type MasterOptions, type RunningMaster, startMaster } from '../../src/index.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { connect } from '../fixtures/test-agent.ts'

async function start(
  options: Partial<MasterOptions> = {},
  lines: string[] = [],
): Promise<RunningMaster> {
  const master = await startMaster(
    { dataDir: temporaryDirectory(), port: 0, agentBundle: Buffer.from('agent'), ...options },
    ({ line }) => lines.push(line),
  )
  onTestFinished(() => master.close())
  return master
}

const client = (master: RunningMaster, token?: string) =>
  openMasterClient({ url: master.url, version: '2.0.0', token })

describe('startMaster', () => {
  it('gives a one-time code at the first start only, and logs in by it', async () => {
    const dataDir = temporaryDirectory()
    const first = await start({ dataDir })
    expect(first.adminCode).toMatch(/^[0-9a-f]{32}$/)
    const login = await client(first).login(first.adminCode ?? '')
    expect(login).toMatchObject({ expires_in: null, user: { email: 'admin' } })
    await first.close()
    const second = await start({ dataDir })
    expect(second.adminCode).toBeUndefined()
    expect(second.uuid).toBe(first.uuid)
    expect(await client(second, login.access_token).user()).toMatchObject({ email: 'admin' })
  })

  it('takes a given code, at the first start only', async () => {
    const dataDir = temporaryDirectory()
    const first = await start({ dataDir, adminCode: 'from-env' })
    expect(first.adminCode).toBe('from-env')
    await first.close()
    const second = await start({ dataDir, adminCode: 'another' })
    expect(second.adminCode).toBeUndefined()
    await expect(client(second).login('another')).rejects.toMatchObject({ status: 404 })
    await expect(client(second).login('from-env')).resolves.toMatchObject({ expires_in: null })
  })

  it('does not lose the code to a start that fails', async () => {
    const dataDir = temporaryDirectory()
    await expect(start({ dataDir, host: '192.0.2.1', insecureHttp: true })).rejects.toThrow()
    expect((await start({ dataDir })).adminCode).toMatch(/^[0-9a-f]{32}$/)
  })

  it('makes a new code for an operator who lost the first one', async () => {
    const dataDir = temporaryDirectory()
    const first = await start({ dataDir })
    await first.close()
    const second = await start({ dataDir, resetAdminCode: true })
    await expect(client(second).login(first.adminCode ?? '')).rejects.toMatchObject({ status: 404 })
    await expect(client(second).login(second.adminCode ?? '')).resolves.toBeDefined()
  })

  it('serves the whole API to our own client', async () => {
    const master = await start({ publicUrl: 'http://127.0.0.1:1' })
    const { access_token: token } = await client(master).login(master.adminCode ?? '')
    const api = client(master, token)
    expect(await api.info()).toMatchObject({ uuid: master.uuid, public_url: 'http://127.0.0.1:1' })
    const grid = await api.createGrid({ name: 'prod', initial_size: 3 })
    expect(await api.grids()).toEqual([grid])
    const node = await api.createNode('prod', { name: 'web-1', labels: ['az=a'] })
    expect(await api.nodes('prod')).toEqual([node])
    expect(await api.node('prod', 'web-1')).toEqual(node)
    expect((await api.nodeToken('prod', 'web-1')).id).toBe('prod/web-1')
    expect(await api.updateNode('prod', 'web-1', { labels: [] })).toMatchObject({ labels: [] })
    await expect(api.createNode('prod', { name: 'web-1' })).rejects.toMatchObject({
      kind: 'invalid',
      fields: { name: 'Node with name web-1 already exists' },
    })
    await expect(api.removeGrid('prod')).rejects.toMatchObject({ kind: 'invalid' })
    await api.removeNode('prod', 'web-1')
    await api.removeGrid('prod')
    await expect(api.grid('prod')).rejects.toMatchObject({ kind: 'not-found' })
    await expect(client(master, 'wrong').user()).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  it('keeps its files to its user', async () => {
    const dataDir = join(temporaryDirectory(), 'new', 'master')
    await start({ dataDir })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'master.sqlite')).mode & 0o777).toBe(0o600)
  })

  it('logs what agents do, and no secret', async () => {
    const lines: string[] = []
    const master = await start({}, lines)
    const { access_token: token } = await client(master).login(master.adminCode ?? '')
    const grid = await client(master, token).createGrid({ name: 'prod' })
    const agent = await connect(master.url.replace('http', 'ws'), {
      'Kontena-Grid-Token': grid.token,
      'Kontena-Node-Name': 'host-1',
    })
    await agent.next('/agent/node_info')
    await expect(
      connect(master.url.replace('http', 'ws'), { 'Kontena-Node-Token': 'bad-token' }),
    ).rejects.toThrow('401')
    await master.close()
    const messages = lines.map((line) => JSON.parse(line).msg)
    expect(messages).toEqual(
      expect.arrayContaining(['agent connected', 'agent refused', 'agent disconnected']),
    )
    for (const text of [token, grid.token, 'bad-token', master.adminCode ?? '']) {
      expect(lines.join('\n')).not.toContain(text)
    }
  })

  it('may be closed twice', async () => {
    const master = await start()
    await Promise.all([master.close(), master.close()])
    await expect(fetch(master.url)).rejects.toThrow()
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Number(Object(server.address()).port)
  server.close()
  await once(server, 'close')
  return port
}

describe('a master that cannot start', () => {
  const refused = async (options: Partial<MasterOptions>) => {
    const error: unknown = await start(options).then(
      () => undefined,
      (failure: unknown) => failure,
    )
    expect(error).toMatchObject({ name: 'MasterStartError' })
    return { message: Object(error).message, hint: Object(error).hint }
  }

  it('names a port that is taken', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(Number(Object(server.address()).port)))
    })
    onTestFinished(() => void server.close())
    expect(await refused({ port })).toEqual({
      message: `port ${port} on 127.0.0.1 is taken`,
      hint: 'stop what listens there, or choose another --port',
    })
  })

  it('lets go of the database when it cannot listen', async () => {
    const dataDir = temporaryDirectory()
    await refused({ dataDir, host: '192.0.2.1', insecureHttp: true })
    await expect(start({ dataDir })).resolves.toBeDefined()
  })

  it('names an address that is not of this host', async () => {
    expect(await refused({ host: '192.0.2.1', insecureHttp: true })).toMatchObject({
      message: '192.0.2.1 is no address of this host',
    })
  })

  it('does not speak plain HTTP to others unless that is asked for', async () => {
    expect(await refused({ host: '0.0.0.0' })).toEqual({
      message: 'plain HTTP on 0.0.0.0 would send tokens in clear text',
      hint: 'add --tls, or --insecure-http where a proxy in front of it speaks TLS',
    })
    const master = await start({ host: '0.0.0.0', insecureHttp: true })
    expect(master.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(master.url)).status).toBe(200)
  })

  it('names a database that another master uses', async () => {
    const dataDir = temporaryDirectory()
    await start({ dataDir })
    expect(await refused({ dataDir })).toMatchObject({
      message: `the database in ${dataDir} is in use by another process`,
    })
  })

  it('names a database of a newer master', async () => {
    const dataDir = temporaryDirectory()
    const database = new BetterSqlite(join(dataDir, 'master.sqlite'))
    database.pragma('user_version = 9')
    database.close()
    expect(await refused({ dataDir })).toMatchObject({
      message: `the database in ${dataDir} belongs to a newer master: the database has version 9, this master knows 3`,
    })
  })

  it('names a database that is damaged', async () => {
    const dataDir = temporaryDirectory()
    writeFileSync(join(dataDir, 'master.sqlite'), 'no database at all'.repeat(100))
    expect((await refused({ dataDir })).message).toBe(`the database in ${dataDir} is damaged`)
  })

  it('names a key that is not the one of the database', async () => {
    const dataDir = temporaryDirectory()
    await (await start({ dataDir })).close()
    const said = {
      message: `the key does not open the secrets of the database in ${dataDir}`,
      hint: 'give the key that it was made with: --key-file FILE, or VAULT_KEY in the environment',
    }
    expect(await refused({ dataDir, vaultKey: 'w'.repeat(64) })).toEqual(said)
    const keyFile = join(temporaryDirectory(), 'other.key')
    expect(await refused({ dataDir, keyFile })).toMatchObject({
      message: `the key of the database is missing: there is no ${keyFile}`,
    })
    await expect(start({ dataDir })).resolves.toBeDefined()
  })

  it('makes no new key where the one of the database is gone', async () => {
    const dataDir = temporaryDirectory()
    await (await start({ dataDir })).close()
    const key = join(dataDir, 'master.key')
    renameSync(key, `${key}.away`)
    expect((await refused({ dataDir })).message).toContain(`there is no ${key}`)
    expect(existsSync(key)).toBe(false)
    renameSync(`${key}.away`, key)
    await expect(start({ dataDir })).resolves.toBeDefined()
  })

  it('names a data directory in which it cannot keep its keys', async () => {
    const dataDir = temporaryDirectory()
    writeFileSync(join(dataDir, 'tls'), '')
    expect(await refused({ dataDir, tls: true })).toEqual({
      message: `the data directory ${dataDir} cannot be used (EEXIST)`,
      hint: 'make it writable for this user, or choose another with --data',
    })
  })

  it('listens no longer when the last thing it has to store cannot be stored', async () => {
    const dataDir = temporaryDirectory()
    await (await start({ dataDir })).close()
    const database = new BetterSqlite(join(dataDir, 'master.sqlite'))
    database.exec(
      `CREATE TRIGGER full BEFORE INSERT ON access_tokens BEGIN SELECT raise(FAIL, 'full'); END`,
    )
    database.close()
    const port = await freePort()
    const message = (await refused({ dataDir, port, resetAdminCode: true })).message
    expect(message).toContain(`the data directory ${dataDir} cannot be used`)
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
  })

  it.skipIf(process.platform !== 'linux')(
    'names a data directory where none can be made, and does not try for ever',
    async () => {
      const dataDir = '/proc/kontena/master'
      expect((await refused({ dataDir })).message).toContain(`the data directory ${dataDir} cannot`)
    },
  )

  it('names a data directory that is a file', async () => {
    const dataDir = join(temporaryDirectory(), 'file')
    writeFileSync(dataDir, '')
    expect((await refused({ dataDir })).message).toContain(`the data directory ${dataDir} cannot`)
  })

  it.each([
    [{ port: 70_000 }, 'port 70000 is not between 0 and 65535'],
    [{ port: 1.5 }, 'port 1.5 is not between 0 and 65535'],
    [{ publicUrl: 'master.example.com' }, 'the public URL master.example.com is not one'],
    [{ publicUrl: 'ftp://m' }, 'the public URL ftp://m is not one'],
    [
      { agentBundle: '/nowhere/agent.mjs' },
      'the agent at /nowhere/agent.mjs cannot be read (ENOENT)',
    ],
    [
      { trustProxy: 'balancer' },
      'the addresses of trusted proxies are wrong: invalid IP address: balancer',
    ],
    [{ tlsCert: '/nowhere/cert.pem' }, 'a certificate and its key belong together'],
    [{ tlsKey: '/nowhere/key.pem' }, 'a certificate and its key belong together'],
    [
      { tlsCert: '/nowhere/c.pem', tlsKey: '/nowhere/k.pem' },
      '/nowhere/c.pem cannot be read (ENOENT)',
    ],
    [{ tls: true, tlsCert: 'c', tlsKey: 'k' }, '--tls makes a certificate, --tls-cert brings one'],
  ])('says what is wrong with %j', async (options, message) => {
    expect((await refused(options)).message).toBe(message)
  })
})
