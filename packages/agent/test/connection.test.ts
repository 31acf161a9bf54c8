import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from './folder.ts'
import { hashOf, soon, startMaster } from './master-double.ts'
import { runAgent } from './running-agent.ts'

const hasOpenssl = canRun('openssl')
if (!hasOpenssl) process.stdout.write('skipped: the agent over TLS, as openssl is missing\n')

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

/** A certificate for 127.0.0.1 that vouches for itself. */
function makeAuthority() {
  const folder = makeFolder()
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', 'key.pem', '-out', 'cert.pem'],
    ],
    { cwd: folder, stdio: 'pipe' },
  )
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return { tls: { cert: read('cert.pem'), key: read('key.pem') }, file: join(folder, 'cert.pem') }
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
