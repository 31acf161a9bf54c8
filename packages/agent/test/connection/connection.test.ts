import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasOpenssl, makeAuthority } from '../authority.ts'
import { makeFolder } from '../folder.ts'
import { hashOf, soon, startMaster } from '../master-double.ts'
import { runAgent } from '../running-agent.ts'

describe.skipIf(!hasOpenssl)('a connection over TLS', () => {
  it('trusts the authority of SSL_CERT_FILE', async () => {
    const { tls, file } = makeAuthority()
    await using master = await startMaster({ tls })
    await using _agent = runAgent(master, { variables: { SSL_CERT_FILE: file } })

    await master.frame('/nodes/update')
  })

  it('is how another agent comes, too', async () => {
    const { tls, file: authority } = makeAuthority()
    const agent = 'export {}'
    const file = join(makeFolder(), 'agent.mjs')
    writeFileSync(file, 'the agent before')
    await using master = await startMaster({ tls, agent })
    const variables = { SSL_CERT_FILE: authority }
    const bundle = { file, hash: hashOf('the agent before') }

    expect(await runAgent(master, { bundle, variables }).stopped).toBe(0)

    expect(readFileSync(file, 'utf8')).toBe(agent)
  })

  it('trusts all authorities in the folder of SSL_CERT_PATH, and not what else lies there', async () => {
    const { tls, file } = makeAuthority()
    await using master = await startMaster({ tls })
    const folder = makeFolder()
    copyFileSync(file, join(folder, '5ed36f99.0'))
    copyFileSync(makeAuthority().file, join(folder, 'other.pem'))
    writeFileSync(join(folder, 'broken.crt'), 'nothing')
    mkdirSync(join(folder, 'folder.pem'))
    await using _agent = runAgent(master, { variables: { SSL_CERT_PATH: folder } })

    await master.frame('/nodes/update')
  })

  it('does not begin with a folder that holds no certificate', async () => {
    const agent = runAgent(
      { url: 'wss://127.0.0.1:1' },
      { variables: { SSL_CERT_PATH: makeFolder() } },
    )

    expect(await agent.stopped).toBe(1)
    expect(agent.log()).toMatch(/error .* SSL_CERT_PATH .* holds no certificate/)
  })

  it('expects the name of KONTENA_SSL_HOSTNAME in place of the one that it called', async () => {
    const { tls, file } = makeAuthority('DNS:master.internal')
    await using master = await startMaster({ tls })
    const variables = { SSL_CERT_FILE: file, KONTENA_SSL_HOSTNAME: 'master.internal' }
    await using _agent = runAgent(master, { variables })
    await master.frame('/nodes/update')

    await using other = runAgent(master, { variables: { SSL_CERT_FILE: file }, random: () => 0 })
    await soon(() => (other.waits.length > 0 ? true : undefined))

    expect(other.log()).toMatch(/not connected: .*altnames/)
  })

  it('trusts whoever answers where KONTENA_SSL_VERIFY is false, and says what that means', async () => {
    const { tls } = makeAuthority()
    await using master = await startMaster({ tls, agent: 'export {}' })
    const file = join(makeFolder(), 'agent.mjs')
    writeFileSync(file, 'the agent before')
    await using agent = runAgent(master, {
      bundle: { file, hash: hashOf('the agent before') },
      variables: { KONTENA_SSL_VERIFY: 'false', LOG_LEVEL: 'error' },
    })

    await master.frame('/nodes/update')

    expect(agent.log()).toMatch(/error .*whoever answers .* is given the token of this node/)
    expect(master.downloads.asked).toEqual([])
  })

  it.each(['another authority', 'no authority'])('sends no token with %s', async (which) => {
    const { tls } = makeAuthority()
    const SSL_CERT_FILE = which === 'another authority' ? makeAuthority().file : undefined
    await using master = await startMaster({ tls })
    await using agent = runAgent(master, { random: () => 0, variables: { SSL_CERT_FILE } })

    await soon(() => (agent.waits.length > 1 ? true : undefined))

    expect(master.clients).toEqual([])
    expect(agent.log()).toMatch(/not connected: .*certificate/)
  })
})
