import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasOpenssl, makeAuthority } from './authority.ts'
import { makeFolder } from './folder.ts'
import { startLostAgent } from './lost-agent.ts'
import { hashOf, startMaster } from './master-double.ts'

const old = 'process.stdout.write("old")\n'
const fresh = 'process.stdout.write("fresh")\n'

describe.skipIf(!hasOpenssl)('a machine that lost its agent, over TLS', () => {
  it('takes the one that its master has now from a master that it trusts', async () => {
    const { tls, file } = makeAuthority()
    await using master = await startMaster({ tls, agent: fresh })

    const { said } = await startLostAgent(master.url, hashOf(old), { SSL_CERT_FILE: file })

    expect(said).toContain('fresh')
  })

  it('trusts what lies in a folder, and another name, as the agent does', async () => {
    const { tls, file } = makeAuthority('DNS:master.internal')
    await using master = await startMaster({ tls, agent: fresh })
    const folder = makeFolder()
    copyFileSync(file, join(folder, 'ca.crt'))
    const variables = { SSL_CERT_PATH: folder, KONTENA_SSL_HOSTNAME: 'master.internal' }

    expect((await startLostAgent(master.url, hashOf(old), variables)).said).toContain('fresh')
  })

  it('takes nothing from a master that it does not trust', async () => {
    const { tls } = makeAuthority()
    await using master = await startMaster({ tls, agent: old })
    const variables = { SSL_CERT_FILE: makeAuthority().file }

    const { said, isThere } = await startLostAgent(master.url, hashOf(old), variables)

    expect(said).toContain('there is no agent to start')
    expect(isThere).toBe(false)
  })

  it('takes from one that nobody verifies only the agent that it was made with', async () => {
    const { tls } = makeAuthority()
    const variables = { KONTENA_SSL_VERIFY: 'false' }
    await using master = await startMaster({ tls, agent: old })
    expect((await startLostAgent(master.url, hashOf(old), variables)).said).toContain('old')

    await using other = await startMaster({ tls, agent: fresh })
    const { said, isThere } = await startLostAgent(other.url, hashOf(old), variables)

    expect(said).toContain('without verified TLS nobody knows whose agent it hands out')
    expect(isThere).toBe(false)
  })
})
