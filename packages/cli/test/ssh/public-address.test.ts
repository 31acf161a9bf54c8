import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSshLab, type SshLab } from './ssh-lab.ts'
import { type SshServer, startSshServer } from './ssh-server.ts'
import { installTiny, type TinyProvider } from './tiny-provider.ts'

let lab: SshLab
let server: SshServer
let tiny: TinyProvider
let identity: string

beforeAll(async () => {
  lab = await openSshLab()
  server = await startSshServer()
  identity = await lab.writeFile('identity', server.identity)
  const machine = { provider: 'tiny', account: 'acme', region: 'here', id: 't-1' }
  // Its agent, which could tell of a public address, has not come online.
  const report = { hostKeys: server.hostKeys, user: 'debian', machine }
  await lab.addNode('hidden', { ...report, isOffline: true })
  tiny = await installTiny(lab.test.folder, { login: false })
  const listed = { id: 't-1', name: 'hidden', state: 'running', publicAddress: '127.0.0.1' }
  await tiny.write({ machines: [listed], logins: {}, calls: [] })
})
afterAll(async () => {
  await server.close()
  await lab.close()
})

describe('a machine that does not know its public address', () => {
  const words = () => ['node', 'ssh', '-i', identity, '-p', String(server.port)]

  it('is called at the one that its provider knows', async () => {
    const result = await lab.kontena([...words(), 'hidden', 'id'], { env: tiny.env })
    expect(result).toMatchObject({ exitCode: 0, stdout: 'hello from the machine' })
    expect(result.stderr).not.toContain('only a private address')
  })

  it('is called at its private one, with a warning, where the provider cannot be asked', async () => {
    const result = await lab.kontena([...words(), 'hidden', 'id'])
    expect(result.exitCode).not.toBe(0)
    expect(result.stderr).toContain('only a private address of hidden is known')
    expect(result.stderr).toContain('hidden has no such address on record')
  })

  it('asks no provider for a private one', async () => {
    const result = await lab.kontena([...words(), '--private-ip', 'hidden', 'id'])
    expect(result.stderr).not.toContain('only a private address')
    expect(result.stderr).toContain('hidden has no such address on record')
  })
})
