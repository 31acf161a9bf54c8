import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../src/tls/certificates.ts'
import { type OwnTlsOptions, ownTls } from '../../src/tls/own-tls.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

const start = new Date('2026-03-01T12:00:00Z')
const day = 24 * 60 * 60 * 1000
const after = (days: number) => new Date(start.getTime() + days * day)

describe("the master's own certificate", () => {
  let directory: string
  beforeEach(() => {
    directory = join(temporaryDirectory(), 'tls')
  })
  const make = (change: Partial<OwnTlsOptions> = {}) =>
    ownTls({
      directory,
      names: ['m.example.com', 'localhost', '127.0.0.1', '::1'],
      authorityName: 'Kontena Master 1234',
      now: start,
      ...change,
    })

  it('is signed by an authority of its own, for all names', async () => {
    const tls = await make()
    const ca = new X509Certificate(tls.ca)
    const server = new X509Certificate(tls.server.cert)
    expect(ca.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.verify(ca.publicKey)).toBe(true)
    expect(server.checkIssued(ca)).toBe(true)
    expect(server.checkHost('m.example.com')).toBe('m.example.com')
    expect(server.checkHost('other.example.com')).toBeUndefined()
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(server.checkIP('::1')).toBe('::1')
    expect(ca.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
    expect(tls.caSha256).toBe(ca.fingerprint256.replaceAll(':', '').toLowerCase())
  })

  it('is valid from two days before, for clocks that are behind', async () => {
    const tls = await make()
    const [ca, server] = [new X509Certificate(tls.ca), new X509Certificate(tls.server.cert)]
    expect(new Date(server.validFrom)).toEqual(after(-2))
    expect(new Date(server.validTo)).toEqual(after(823))
    expect(new Date(ca.validFrom)).toEqual(after(-2))
    expect(new Date(ca.validTo)).toEqual(after(3_648))
  })

  it('is kept where only its user can read it', async () => {
    await make()
    const files = readdirSync(directory).sort()
    expect(files).toEqual(['ca-key.pem', 'ca.pem', 'server-key.pem', 'server.pem'])
    for (const file of files) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  it('stays the same while it is good', async () => {
    const first = await make()
    expect(await make({ now: after(792) })).toEqual(first)
  })

  it('is renewed in its last thirty days, by the same authority', async () => {
    const first = await make()
    const renewed = await make({ now: after(794) })
    expect(renewed.ca).toBe(first.ca)
    expect(renewed.server).not.toEqual(first.server)
    expect(await make({ now: after(794) })).toEqual(renewed)
  })

  it('is made again when a clock that was ahead has been set right', async () => {
    const first = await make()
    const early = await make({ now: after(900) })
    expect(early.server).not.toEqual(first.server)
    const right = await make({ now: after(1) })
    expect(new Date(new X509Certificate(right.server.cert).validFrom)).toEqual(after(-1))
    expect(right.ca).toBe(first.ca)
  })

  it('is renewed when it lacks a name', async () => {
    const first = await make()
    const renewed = await make({ names: ['new.example.com', '10.0.0.7'] })
    expect(renewed.ca).toBe(first.ca)
    const server = new X509Certificate(renewed.server.cert)
    expect(server.checkHost('new.example.com')).toBe('new.example.com')
    expect(server.checkIP('10.0.0.7')).toBe('10.0.0.7')
  })

  it('is made again when a crash left key and certificate apart, or broken', async () => {
    const first = await make()
    rmSync(join(directory, 'server.pem'))
    const second = await make()
    expect(second.server).not.toEqual(first.server)
    writeFileSync(join(directory, 'server.pem'), first.server.cert)
    const third = await make()
    expect(third.server.cert).not.toBe(first.server.cert)
    writeFileSync(join(directory, 'server.pem'), 'broken')
    const fourth = await make()
    expect(
      new X509Certificate(fourth.server.cert).verify(new X509Certificate(first.ca).publicKey),
    ).toBe(true)
    expect(readFileSync(join(directory, 'server.pem'), 'utf8')).toBe(fourth.server.cert)
  })

  it('never replaces an authority that may have been pinned', async () => {
    const first = await make()
    const other = await makeAuthority('other', start)
    writeFileSync(join(directory, 'ca-key.pem'), other.key)
    await expect(make()).rejects.toMatchObject({ name: 'MasterStartError' })
    rmSync(join(directory, 'ca-key.pem'))
    await expect(make()).rejects.toMatchObject({
      message: `the certificate authority in ${directory} has no key that fits it`,
    })
    expect(readFileSync(join(directory, 'ca.pem'), 'utf8')).toBe(first.ca)
  })

  it('makes an authority whose certificate was never written', async () => {
    const first = await make()
    rmSync(join(directory, 'ca.pem'))
    expect((await make()).ca).not.toBe(first.ca)
  })
})
