import { once } from 'node:events'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type MasterOptions, type RunningMaster, startMaster } from '../../src/index.ts'
import { issueServerCertificate, makeAuthority } from '../../src/tls/certificates.ts'
import type { KeyedCertificate } from '../../src/tls/keyed-certificate.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { testClock } from '../fixtures/test-clock.ts'

const day = 24 * 60 * 60 * 1000

/** So long that a certificate made then is about to end, and both it and its successor are good today. */
const longAgo = () => testClock(new Date(Date.now() - 795 * day).toISOString())

async function start(options: Partial<MasterOptions>) {
  const lines: string[] = []
  const master = await startMaster(
    {
      dataDir: temporaryDirectory(),
      port: 0,
      agentBundle: Buffer.from('agent'),
      certificateInterval: 5,
      ...options,
    },
    ({ line }) => lines.push(line),
  )
  onTestFinished(() => master.close())
  const messages = (): string[] => lines.map((line) => String(JSON.parse(line).msg))
  return { master, lines, messages }
}

/** A connection that stays, and the fingerprint of what it was served. */
async function open(master: RunningMaster, ca: string | undefined) {
  const { hostname, port } = new URL(master.url)
  const socket = connectTls({ host: hostname, port: Number(port), ...(ca && { ca }) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return { socket, served: socket.getPeerCertificate().fingerprint256 }
}

async function ask(socket: TLSSocket): Promise<string> {
  socket.write('GET /v1/ping HTTP/1.1\r\nhost: a\r\n\r\n')
  const [chunk] = await once(socket, 'data')
  return String(chunk).split('\r\n')[0] ?? ''
}

describe("a running master's own certificate", () => {
  it('is renewed 30 days before its end, and those who are connected do not notice', async () => {
    const clock = longAgo()
    const { master, messages } = await start({ tls: true, clock })
    const first = await open(master, master.caPem)
    expect(await ask(first.socket)).toBe('HTTP/1.1 200 OK')

    clock.advance(792 * day)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect((await open(master, master.caPem)).served).toBe(first.served)

    clock.advance(2 * day)
    await vi.waitFor(() => expect(messages()).toContain('serves a renewed certificate'))
    const second = await open(master, master.caPem)
    expect(second.served).not.toBe(first.served)
    expect(await ask(second.socket)).toBe('HTTP/1.1 200 OK')
    expect(await ask(first.socket)).toBe('HTTP/1.1 200 OK')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(messages().filter((text) => text.includes('renewed'))).toHaveLength(1)
  })

  it('stays while the authority is gone or another, of which no new one is made', async () => {
    const clock = longAgo()
    const dataDir = temporaryDirectory()
    const { master, lines } = await start({ tls: true, clock, dataDir })
    const { served } = await open(master, master.caPem)
    rmSync(join(dataDir, 'tls'), { recursive: true })
    clock.advance(794 * day)
    await vi.waitFor(() => expect(lines.join()).toContain('is gone or another'))
    expect(existsSync(join(dataDir, 'tls', 'ca.pem'))).toBe(false)
    const other = await makeAuthority('Another', new Date())
    writeFileSync(join(dataDir, 'tls', 'ca-key.pem'), other.key)
    writeFileSync(join(dataDir, 'tls', 'ca.pem'), other.cert)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect((await open(master, master.caPem)).served).toBe(served)
  })

  it('is the renewed one after a restart too', async () => {
    const clock = longAgo()
    const dataDir = temporaryDirectory()
    const { master, messages } = await start({ tls: true, clock, dataDir })
    clock.advance(794 * day)
    await vi.waitFor(() => expect(messages()).toContain('serves a renewed certificate'))
    const { served } = await open(master, master.caPem)
    await master.close()
    const next = await start({ tls: true, clock, dataDir })
    expect((await open(next.master, master.caPem)).served).toBe(served)
  })
})

describe('a certificate that was given', () => {
  const given = async () => {
    const directory = temporaryDirectory()
    const authority = await makeAuthority('Company', new Date())
    const issue = () => issueServerCertificate(authority, ['127.0.0.1'], new Date())
    const files = { tlsCert: join(directory, 'cert.pem'), tlsKey: join(directory, 'key.pem') }
    const put = (certificate: Partial<KeyedCertificate>) => {
      for (const [path, content] of [
        [files.tlsKey, certificate.key],
        [files.tlsCert, certificate.cert],
      ] as const) {
        if (content === undefined) continue
        writeFileSync(`${path}.new`, content)
        renameSync(`${path}.new`, path)
      }
    }
    put(await issue())
    return { ca: authority.cert, files, issue, put }
  }

  it('is served anew when its files have been renewed, and those who are connected stay', async () => {
    const { ca, files, issue, put } = await given()
    const { master, messages } = await start(files)
    const first = await open(master, ca)
    put(await issue())
    await vi.waitFor(() => expect(messages()).toContain('serves a renewed certificate'))
    expect((await open(master, ca)).served).not.toBe(first.served)
    expect(await ask(first.socket)).toBe('HTTP/1.1 200 OK')
  })

  it('is told of a week before it ends, once, unless it is renewed', async () => {
    const { files, put } = await given()
    const clock = longAgo()
    const { cert, key } = await issueServerCertificate(
      await makeAuthority('Company', clock()),
      ['127.0.0.1'],
      clock(),
    )
    put({ cert, key })
    const { messages } = await start({ ...files, clock })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(messages()).not.toContain('serves a certificate that ends soon')
    clock.advance(817 * day)
    await vi.waitFor(() => expect(messages()).toContain('serves a certificate that ends soon'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(messages().filter((text) => text.endsWith('ends soon'))).toHaveLength(1)
  })

  it('stays while what replaces it is broken or half there, which is logged once', async () => {
    const { ca, files, issue, put } = await given()
    const { master, lines, messages } = await start(files)
    const first = await open(master, ca)
    const next = await issue()
    put({ cert: next.cert })
    await vi.waitFor(() => expect(messages()).toContain('keeps the certificate that it has'))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(messages().filter((text) => text.startsWith('keeps'))).toHaveLength(1)
    expect(lines.join()).toContain('do not belong together')
    put({ cert: 'no certificate' })
    await vi.waitFor(() => expect(lines.join()).toContain('holds no certificate in PEM'))
    expect((await open(master, ca)).served).toBe(first.served)
    put(next)
    await vi.waitFor(() => expect(messages()).toContain('serves a renewed certificate'))
    expect((await open(master, ca)).served).not.toBe(first.served)
    expect(lines.join()).not.toContain('PRIVATE KEY')
  })

  it('stays while its files cannot be read', async () => {
    const { ca, files } = await given()
    const { master, messages } = await start(files)
    const { served } = await open(master, ca)
    renameSync(files.tlsKey, `${files.tlsKey}.away`)
    await vi.waitFor(() => expect(messages()).toContain('keeps the certificate that it has'))
    expect((await open(master, ca)).served).toBe(served)
  })
})
