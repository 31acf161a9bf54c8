import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openContext } from '../../src/context.ts'
import { readConfig } from '../../src/master/config.ts'
import {
  openMasterSession,
  openProvisioningSession,
  requireGrid,
  resolveMaster,
} from '../../src/master/master-session.ts'
import { fakeIo } from '../fake-io.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-session-'))
})
afterEach(() => rm(folder, { recursive: true }))

function context(env: Record<string, string> = {}) {
  return openContext(fakeIo({ userHome: folder, env }))
}

async function configure(...servers: Record<string, unknown>[]): Promise<void> {
  const text = JSON.stringify({ current_server: 'prod', servers })
  await writeFile(join(folder, '.kontena_client.json'), text)
}

const prod = { name: 'prod', url: 'https://prod.example.com/', token: 'prod-token', grid: 'web' }
const lab = { name: 'lab', url: 'http://lab.example.com', token: 'lab-token' }

describe('resolveMaster', () => {
  it('takes the current master of the configuration', async () => {
    await configure(prod, lab)
    expect(await resolveMaster(context())).toMatchObject({
      name: 'prod',
      url: 'https://prod.example.com',
      token: 'prod-token',
      grid: 'web',
      configured: true,
    })
  })

  it('takes the one that KONTENA_MASTER names', async () => {
    await configure(prod, lab)
    const target = await resolveMaster(context({ KONTENA_MASTER: 'lab' }))
    expect(target).toMatchObject({ name: 'lab', token: 'lab-token', grid: undefined })
    await expect(resolveMaster(context({ KONTENA_MASTER: 'nope' }))).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      hint: 'known masters: prod, lab',
    })
  })

  it('takes the one with the URL in KONTENA_URL, known or not', async () => {
    await configure(prod, lab)
    expect(await resolveMaster(context({ KONTENA_URL: 'http://lab.example.com/' }))).toMatchObject({
      name: 'lab',
      token: 'lab-token',
      configured: false,
    })
    const env = { KONTENA_URL: 'http://new.example.com', KONTENA_TOKEN: 'new-token' }
    expect(await resolveMaster(context(env))).toMatchObject({
      name: 'default',
      url: 'http://new.example.com',
      token: 'new-token',
    })
    await expect(resolveMaster(context({ KONTENA_URL: 'nonsense' }))).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
    })
  })

  it('takes the grid from the flag, then KONTENA_GRID, then the configuration', async () => {
    await configure(prod)
    const env = { KONTENA_GRID: 'from-env' }
    expect((await resolveMaster(context(env), { grid: 'typed' })).grid).toBe('typed')
    expect((await resolveMaster(context(env))).grid).toBe('from-env')
    expect((await resolveMaster(context({ KONTENA_GRID: '' }))).grid).toBe('web')
  })

  it('trusts the authority that 1.5 kept in a file', async () => {
    await configure(prod)
    await mkdir(join(folder, '.kontena', 'certs'), { recursive: true })
    await writeFile(join(folder, '.kontena', 'certs', 'prod.example.com.pem'), 'PEM')
    expect((await resolveMaster(context())).ca).toBe('PEM')
    await configure({ ...prod, ca: 'PINNED' })
    expect((await resolveMaster(context())).ca).toBe('PINNED')
  })
})

describe('openMasterSession', () => {
  it('tells a login that expired from one that never was', async () => {
    await configure({ ...prod, token_expires_at: 1_500_000_000 })
    await expect(openMasterSession(context())).rejects.toMatchObject({
      code: 'NOT_LOGGED_IN',
      message: 'Your login has expired at the master prod',
      hint: 'kontena master login https://prod.example.com --code CODE',
    })
    await configure({ ...prod, token: null })
    await expect(openMasterSession(context())).rejects.toMatchObject({
      message: 'You are not logged into the master prod',
    })
  })

  it('takes 0 for a token that never expires', async () => {
    await configure({ ...prod, token_expires_at: 0 })
    expect((await openMasterSession(context())).token).toBe('prod-token')
  })
})

describe('requireGrid', () => {
  it('says how to choose one', async () => {
    await configure(lab)
    const target = await resolveMaster(context({ KONTENA_MASTER: 'lab' }))
    expect(() => requireGrid(target)).toThrow(expect.objectContaining({ code: 'NO_GRID' }))
  })
})

describe('openProvisioningSession', () => {
  const modern = {
    name: 'Kontena Master',
    version: '2.0.0',
    uuid: 'the-uuid',
    agent_bundle: 'f'.repeat(64),
    features: ['enrolment', 'agent-bundle', 'machine-identity', 'more'],
  }

  async function openAgainst(info: unknown) {
    const server = createServer((_request, reply) => reply.end(JSON.stringify(info)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await configure({ ...prod, url })
    try {
      return { url, session: await openProvisioningSession(context()) }
    } finally {
      server.close()
    }
  }

  it('tells what machines need to know of the master, and remembers its id', async () => {
    const { url, session } = await openAgainst(modern)
    expect(session).toMatchObject({
      uuid: 'the-uuid',
      grid: 'web',
      publicUrl: url,
      agentBundle: modern.agent_bundle,
    })
    const { servers } = await readConfig(join(folder, '.kontena_client.json'))
    expect(servers).toEqual([expect.objectContaining({ name: 'prod', uuid: 'the-uuid' })])
  })

  it('sends machines to the public URL where the master has one', async () => {
    const { session } = await openAgainst({ ...modern, public_url: 'https://public.example.com' })
    expect(session.publicUrl).toBe('https://public.example.com')
  })

  it.each([
    { name: 'Kontena Master', tagline: 'The Container Platform', version: '1.5.4' },
    { ...modern, features: ['enrolment'] },
    { ...modern, uuid: undefined },
    { ...modern, agent_bundle: undefined },
  ])('refuses an old master in one sentence', async (info) => {
    await expect(openAgainst(info)).rejects.toMatchObject({
      code: 'MASTER_UNSUITABLE',
      message: expect.stringMatching(/^the master prod \(version .*\) cannot enrol machines$/),
    })
  })
})
