import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSshLab, type SshLab } from './ssh-lab.ts'
import { type SshServer, startSshServer } from './ssh-server.ts'

let lab: SshLab
let server: SshServer
let identity: string

beforeAll(async () => {
  lab = await openSshLab()
  server = await startSshServer()
  identity = await lab.writeFile('identity', server.identity)
  await lab.addNode('web-1', { hostKeys: server.hostKeys, user: 'debian' })
})
afterAll(async () => {
  await server.close()
  await lab.close()
})

const ssh = (...words: string[]) =>
  lab.kontena(['node', 'ssh', '-i', identity, '-p', String(server.port), ...words])

describe('kontena node ssh', () => {
  it('runs a command on the machine that enrolled, and asks nothing', async () => {
    const result = await ssh('web-1', 'uname', '-a')
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: 'hello from the machine',
      stderr: 'and from its stderr',
    })
    expect(server.commands.at(-1)).toBe('uname -a')
  })
})
