import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(() => rm(lab.configFile, { force: true }))

describe('master login', () => {
  it('keeps the token, learns who it is and selects the first grid', async () => {
    await lab.client.createGrid({ name: 'prod' })
    const { code, stdout } = await lab.run(['master', 'login', lab.master.url, '-t', lab.token])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Authenticated to Kontena Master kontena-master at ${lab.master.url} as admin\nUsing grid: prod\n`,
    })
    expect(await lab.config()).toEqual({
      current_server: 'kontena-master',
      servers: [
        {
          name: 'kontena-master',
          url: lab.master.url,
          username: 'admin',
          grid: 'prod',
          token: lab.token,
          token_expires_at: 0,
          refresh_token: null,
          uuid: lab.master.uuid,
        },
      ],
    })
  })

  it('selects no grid where that is asked for', async () => {
    const flags = ['-t', lab.token, '--skip-grid-auto-select']
    await lab.run(['master', 'login', lab.master.url, ...flags])
    expect(await lab.config()).toMatchObject({ servers: [{ grid: null }] })
  })

  it('keeps the place, the grid and the unknown fields of a master it knows', async () => {
    await lab.client.createGrid({ name: 'staging' })
    const old = { name: 'old', url: 'http://old.example.com', token: 'x' }
    const known = { name: 'mine', url: `${lab.master.url}/`, grid: 'staging', parent: 'y' }
    await writeFile(lab.configFile, JSON.stringify({ servers: [known, old] }))
    await lab.run(['master', 'login', lab.master.url], { env: { KONTENA_TOKEN: lab.token } })
    expect(await lab.config()).toMatchObject({
      current_server: 'mine',
      servers: [{ name: 'mine', grid: 'staging', parent: 'y', token: lab.token }, old],
    })
  })

  it('takes the name of a master it knows for its URL, and its token for a login', async () => {
    const known = { name: 'mine', url: lab.master.url, token: lab.token }
    await writeFile(lab.configFile, JSON.stringify({ servers: [known] }))
    expect(await lab.run(['master', 'login', 'mine'])).toMatchObject({ code: 0 })
    expect(await lab.config()).toMatchObject({ current_server: 'mine' })
  })

  it('says that a code is not accepted, and never which', async () => {
    const code = 'deadbeef0000'
    const result = await lab.run(['master', 'login', lab.master.url, '--code', code])
    expect(result.code).toBe(3)
    expect(result.stderr).toContain(`the master at ${lab.master.url} does not accept this code`)
    expect(result.stderr).toContain('hint: a code works once')
    expect(result.stderr).not.toContain(code)
  })

  it('says that a token is not accepted', async () => {
    const result = await lab.run(['master', 'login', lab.master.url, '-t', 'f'.repeat(64)])
    expect(result.code).toBe(3)
    expect(result.stderr).not.toContain('f'.repeat(64))
  })

  it.each([
    [[], 'the URL of the master is missing'],
    [['http://127.0.0.1:1'], '--code is missing'],
    [['http://127.0.0.1:1', '--code', ''], '--code is empty'],
    [['ftp://x', '--code', 'c'], 'ftp://x is not the URL of a master'],
    [['https://me:pa55word@x', '--code', 'c'], 'https://x is not the URL of a master'],
    [['https://x/api', '--code', 'c'], 'https://x is not the URL of a master'],
    [
      ['http://x', '--code', 'c', '--ca-sha256', 'f'.repeat(64)],
      '--ca-sha256 needs a URL with https',
    ],
    [['https://x', '--code', 'c', '--ca-sha256', 'abc'], '--ca-sha256 abc is not a SHA-256 in hex'],
    [['https://x', '--code', 'c', '--ca', 'a', '--ca-sha256', 'b'], 'exclude each other'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await lab.run(['master', 'login', ...argv])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('pa55word')
  })

  it('says that no master answers', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const address = gone.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    gone.close()
    const { code, stderr } = await lab.run(['master', 'login', url, '-t', 'abc'])
    expect(code).toBe(1)
    expect(stderr).toContain(`the master at ${url} cannot be reached: ECONNREFUSED`)
  })
})

describe('master login with a one-time code', () => {
  let fresh: TestMaster
  const adminCode = 'c0de12345678'

  beforeAll(async () => {
    fresh = await openTestMaster({ adminCode })
    await fresh.master.close()
  })
  afterAll(() => fresh.close())

  it('spends no code where the configuration cannot be written', async () => {
    const { startMaster } = await import('@kontena/master')
    const master = await startMaster({
      port: 0,
      dataDir: join(fresh.folder, 'second'),
      agentBundle: Buffer.from('agent'),
      adminCode,
    })
    try {
      const login = ['master', 'login', master.url, '--code', '-']
      const broken = { KONTENA_CONFIG: join(fresh.folder, 'no', 'such', 'folder') }
      const failed = await fresh.run(login, { input: [adminCode], env: broken })
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot write') })
      expect(await fresh.run(login, { input: [` ${adminCode}\n`] })).toMatchObject({ code: 0 })
      expect(await fresh.run(login, { input: [adminCode] })).toMatchObject({ code: 3 })
    } finally {
      await master.close()
    }
  })
})

describe('master login over TLS', () => {
  let secure: TestMaster

  beforeAll(async () => {
    secure = await openTestMaster({ tls: true })
  })
  afterAll(() => secure.close())
  beforeEach(() => rm(secure.configFile, { force: true }))

  const pin = (): string => secure.master.caSha256 ?? ''
  const login = (...flags: string[]) =>
    secure.run(['master', 'login', secure.master.url, '-t', secure.token, ...flags])

  it('pins the authority whose hash was given, and trusts it ever after', async () => {
    expect(await login('--ca-sha256', pin())).toMatchObject({ code: 0 })
    const { servers } = JSON.parse(await readFile(secure.configFile, 'utf8'))
    const certificate = new X509Certificate(servers[0].ca)
    expect(createHash('sha256').update(certificate.raw).digest('hex')).toBe(pin())
    expect(await secure.run(['whoami'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('User: admin'),
    })
  })

  it('takes the hash as openssl writes it, too', async () => {
    const written = pin().toUpperCase().match(/../g)?.join(':') ?? ''
    expect(await login('--ca-sha256', written)).toMatchObject({ code: 0 })
  })

  it('keeps the pin at a later login', async () => {
    await login('--ca-sha256', pin())
    expect(await login()).toMatchObject({ code: 0 })
  })

  it('sends nothing to a master with another authority', async () => {
    const { code, stderr } = await login('--ca-sha256', '0'.repeat(64))
    expect(code).toBe(1)
    expect(stderr).toContain(`has the SHA-256 ${pin()}`)
    await expect(readFile(secure.configFile)).rejects.toThrow('ENOENT')
  })

  it('trusts nobody unasked, and says what to do', async () => {
    const { code, stderr } = await login()
    expect(code).toBe(1)
    expect(stderr).toContain('--ca-sha256')
  })

  it('trusts the authority in a file', async () => {
    const file = join(secure.folder, 'ca.pem')
    await writeFile(file, secure.master.caPem ?? '')
    expect(await login('--ca', 'ca.pem')).toMatchObject({ code: 0 })
    await writeFile(file, 'no certificate')
    expect(await login('--ca', 'ca.pem')).toMatchObject({ code: 2 })
    expect(await login('--ca', 'missing.pem')).toMatchObject({
      code: 1,
      stderr:
        ' [error] --ca missing.pem cannot be read: ENOENT\n' +
        'hint: check the path, and that you may read it\n',
    })
  })
})
