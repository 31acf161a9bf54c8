import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { openMasterClient } from '@kontena/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type MasterOptions, startMaster } from '../../src/index.ts'
import { issueServerCertificate, makeAuthority } from '../../src/tls/certificates.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

async function start(options: Partial<MasterOptions>) {
  const master = await startMaster({
    dataDir: temporaryDirectory(),
    port: 0,
    agentBundle: Buffer.from('agent'),
    ...options,
  })
  onTestFinished(() => master.close())
  return master
}

const info = (url: string, ca?: string) => openMasterClient({ url, ca, version: '2.0.0' }).info()

describe('a master with --tls', () => {
  it('is trusted by who has pinned its authority, and by nobody else', async () => {
    const master = await start({ tls: true })
    expect(master.url).toMatch(/^https:/)
    expect(await info(master.url, master.caPem)).toMatchObject({ uuid: master.uuid })
    await expect(info(master.url)).rejects.toMatchObject({ kind: 'untrusted' })
    const other = await start({ tls: true })
    await expect(info(master.url, other.caPem)).rejects.toMatchObject({ kind: 'untrusted' })
  })

  it('is reached under the name of its public URL, and under no other name', async () => {
    const master = await start({ tls: true, publicUrl: 'https://localhost:1' })
    const at = (host: string) => info(master.url.replace('127.0.0.1', host), master.caPem)
    expect(await at('localhost')).toMatchObject({ uuid: master.uuid })
    await expect(at('127.0.0.2')).rejects.toMatchObject({ kind: /untrusted|unreachable/ })
  })

  it('hands out its authority, which the printed hash proves', async () => {
    const master = await start({ tls: true })
    const { Agent, fetch } = await import('undici')
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
    const pem = await (await fetch(`${master.url}/v1/ca.pem`, { dispatcher })).text()
    expect(pem).toBe(master.caPem)
    const der = new X509Certificate(pem).raw
    expect(createHash('sha256').update(der).digest('hex')).toBe(master.caSha256)
    await dispatcher.close()
  })

  it('tells browsers to come by TLS from now on', async () => {
    const master = await start({ tls: true })
    const { Agent, fetch } = await import('undici')
    const dispatcher = new Agent({ connect: { ca: master.caPem } })
    const { headers } = await fetch(master.url, { dispatcher })
    expect(headers.get('strict-transport-security')).toBe('max-age=15552000')
    await dispatcher.close()
  })

  it('ends though somebody holds a connection without ever beginning a handshake', async () => {
    const master = await start({ tls: true })
    const { hostname, port } = new URL(master.url)
    const socket = createConnection({ host: hostname, port: Number(port) })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    // The server has to have seen it.
    await info(master.url, master.caPem)
    const cut = once(socket, 'close')
    await master.close()
    await cut
  })

  it('takes agents over TLS', async () => {
    const master = await start({ tls: true })
    const api = openMasterClient({ url: master.url, ca: master.caPem, version: '2.0.0' })
    const { access_token: token } = await api.login(master.adminCode ?? '')
    const admin = openMasterClient({ url: master.url, ca: master.caPem, version: '2.0.0', token })
    const grid = await admin.createGrid({ name: 'prod' })
    const socket = new WebSocket(master.url.replace('https', 'wss'), {
      ca: master.caPem,
      headers: {
        'Kontena-Node-Id': 'A',
        'Kontena-Node-Name': 'host-1',
        'Kontena-Version': '2.0.0',
        'Kontena-Grid-Token': grid.token,
      },
    })
    await new Promise((resolve, reject) => {
      socket.once('message', resolve)
      socket.once('error', reject)
    })
    expect(await admin.nodes('prod')).toMatchObject([{ name: 'host-1' }])
    socket.terminate()
  })

  it('keeps its authority from start to start', async () => {
    const dataDir = temporaryDirectory()
    const first = await start({ tls: true, dataDir })
    await first.close()
    const second = await start({ tls: true, dataDir })
    expect(second.caSha256).toBe(first.caSha256)
  })
})

describe('a master with a given certificate', () => {
  const given = async (names: string[]) => {
    const directory = temporaryDirectory()
    const now = new Date()
    const authority = await makeAuthority('Company', now)
    const server = await issueServerCertificate(authority, names, now)
    const tlsCert = join(directory, 'cert.pem')
    const tlsKey = join(directory, 'key.pem')
    writeFileSync(tlsCert, server.cert)
    writeFileSync(tlsKey, server.key)
    return { tlsCert, tlsKey, ca: authority.cert }
  }

  it('serves it, and names no authority of its own', async () => {
    const { ca, ...files } = await given(['127.0.0.1'])
    const master = await start(files)
    expect(master).toMatchObject({ caPem: undefined, caSha256: undefined })
    expect(await info(master.url, ca)).toMatchObject({ uuid: master.uuid })
  })

  it('does not start with the key of another certificate', async () => {
    const [one, other] = [await given(['a']), await given(['b'])]
    const { tlsCert } = one
    await expect(start({ tlsCert, tlsKey: other.tlsKey })).rejects.toMatchObject({
      message: `the certificate ${tlsCert} and the key ${other.tlsKey} do not belong together`,
    })
  })

  it('does not start with what is no certificate', async () => {
    const { tlsCert, tlsKey } = await given(['a'])
    await expect(start({ tlsCert: tlsKey, tlsKey })).rejects.toMatchObject({
      message: `${tlsKey} holds no certificate in PEM`,
    })
    await expect(start({ tlsCert, tlsKey: tlsCert })).rejects.toMatchObject({
      message: `${tlsCert} holds no private key in PEM`,
    })
  })
})
