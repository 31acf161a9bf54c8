import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { call, knownLine, openLaptop, openLaptopThatKnows, order } from './session.ts'
import { makeKey, openTestHost, type TestHost } from './test-host.ts'

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined
if (!hasKeygen) process.stdout.write('skipped: hashed known_hosts, as ssh-keygen is missing\n')

function fingerprint(key: string): string {
  const data = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(data).digest('base64').replace(/=+$/, '')}`
}

/** A preflight from a computer with these lines in known_hosts and these fingerprints. */
async function look(host: TestHost, lines: readonly string[], hostKey?: readonly string[]) {
  const laptop = await openLaptop()
  await laptop.know(...lines)
  const session = await laptop.open({ hosts: [host], access: { hostKey } })
  return session.preflight(order(), call)
}

describe('the key of a host', () => {
  it('is good where known_hosts has it', async () => {
    const host = await openTestHost()
    await expect(look(host, ['# mine', '', knownLine(host)])).resolves.toBeDefined()
  })

  it.each([
    ['by pattern', (line: string) => line.replace('127.0.0.1', '127.0.*')],
    ['among other names', (line: string) => `web.example.com,${line}`],
  ])('is good where known_hosts has it %s', async (_how, write) => {
    const host = await openTestHost()
    await expect(look(host, [write(knownLine(host))])).resolves.toBeDefined()
  })

  it.each([
    ['another port', (host: TestHost) => `127.0.0.1 ${host.hostKey.public}`],
    ['all but this one', (host: TestHost) => `!${knownLine(host).replace(' ', `,* `)}`],
    ['an authority', (host: TestHost) => `@cert-authority ${knownLine(host)}`],
  ])('is unknown where known_hosts speaks of %s', async (_what, write) => {
    const host = await openTestHost()
    const shown = fingerprint(host.hostKey.public)
    await expect(look(host, [write(host)])).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: `127.0.0.1:${host.port} shows the host key ${shown} (ED25519), which known_hosts does not have`,
      hint: `compare it with ssh-keygen -lf on the host itself; if it is right: --host-key ${shown}`,
    })
    expect(host.commands).toEqual([])
  })

  it.skipIf(!hasKeygen)('is good where known_hosts has the name hashed', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', join(laptop.home, '.ssh/known_hosts')], {
      stdio: 'ignore',
    })
    const session = await laptop.open({ hosts: [host] })
    await expect(session.preflight(order(), call)).resolves.toBeDefined()
  })

  it('is refused where known_hosts has another: somebody may stand between', async () => {
    const host = await openTestHost()
    const line = `[127.0.0.1]:${host.port} ${makeKey().public}`
    await expect(look(host, [line])).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('known_hosts has another: somebody may stand between'),
      hint: `where the host was made anew, take the old key out with: ssh-keygen -R '[127.0.0.1]:${host.port}'`,
    })
    expect(host.commands).toEqual([])
  })

  it('is refused where it is revoked, though somebody names it', async () => {
    const host = await openTestHost()
    const lines = [knownLine(host), `@revoked * ${host.hostKey.public}`]
    await expect(look(host, lines, [fingerprint(host.hostKey.public)])).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('which known_hosts calls revoked'),
    })
  })

  it('is good where somebody names its fingerprint, also that of its second key', async () => {
    const hostKeys = [makeKey(), makeKey('ecdsa')]
    const host = await openTestHost({ hostKeys })
    for (const key of hostKeys) {
      await expect(look(host, [], [fingerprint(key.public)])).resolves.toBeDefined()
    }
  })

  it('is refused where another one was named', async () => {
    const host = await openTestHost()
    await expect(look(host, [], [fingerprint(makeKey().public)])).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('which is none of those trusted here'),
    })
    expect(host.commands).toEqual([])
  })

  it('stays the one that was shown, though another host has another that is named', async () => {
    const [host, other] = [await openTestHost(), makeKey()]
    const hostKey = [host.hostKey, other].map((key) => fingerprint(key.public))
    const laptop = await openLaptop()
    const session = await laptop.open({ hosts: [host], access: { hostKey } })
    await session.preflight(order(), call)
    await host.close()
    await openTestHost({ port: host.port, key: host.keyPair, hostKeys: [other] })
    await expect(session.preflight(order(), call)).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('which is none of those trusted here'),
    })
  })

  it('is asked for in the kind that is known', async () => {
    const hostKeys = [makeKey(), makeKey('ecdsa')] as const
    const host = await openTestHost({ hostKeys })
    await expect(
      look(host, [`[127.0.0.1]:${host.port} ${hostKeys[1].public}`]),
    ).resolves.toBeDefined()
  })
})

describe('the key of a host behind a jump host', () => {
  /** A way through the first host to the second, which both let the same key in. */
  async function through(jump: TestHost, host: TestHost, hostKey: readonly string[]) {
    const laptop = await openLaptop()
    const access = { jump: jump.target, key: await laptop.keyFile(jump.key), hostKey }
    const session = await laptop.open({ access, machine: { host: [host.target] } })
    return session.preflight(order(), call)
  }

  it('is good where both are named', async () => {
    const jump = await openTestHost()
    const host = await openTestHost({ key: jump.keyPair })
    const pins = [jump, host].map(({ hostKey }) => fingerprint(hostKey.public))
    await expect(through(jump, host, pins)).resolves.toBeDefined()
  })

  it('is not the one that the jump host has shown, which could stand in for it so', async () => {
    const jump = await openTestHost()
    const impostor = await openTestHost({ key: jump.keyPair, hostKeys: [jump.hostKey] })
    const pins = [fingerprint(jump.hostKey.public), fingerprint(makeKey().public)]
    await expect(through(jump, impostor, pins)).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining('which is none of those trusted here'),
    })
    expect(impostor.commands).toEqual([])
  })
})

describe('a person at a terminal', () => {
  it('is offered the fingerprints of hosts that nobody knows, and is trusted with them', async () => {
    const hosts = [await openTestHost(), await openTestHost()]
    const [known] = hosts
    const laptop = await openLaptop()
    const session = await laptop.open({ hosts })
    const given = { host: hosts.map(({ target }) => target) }
    const [all] = (await session.choices?.({ option: 'hostKey', given }, call)) ?? []
    const prints = hosts.map(({ hostKey }) => fingerprint(hostKey.public))
    expect(all?.value).toBe(prints.join(','))
    for (const print of prints) expect(all?.label).toContain(`${print} (ED25519)`)
    if (known !== undefined) await laptop.know(knownLine(known))
    const again = await laptop.open({ hosts })
    const [one] = (await again.choices?.({ option: 'hostKey', given }, call)) ?? []
    expect(one?.value).toBe(prints[1])
  })

  it('is asked nothing where all keys are known, and where a host shows none', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    const ask = (given: Record<string, unknown>) =>
      session.choices?.({ option: 'hostKey', given }, call)
    expect(await ask({ host: [host.target] })).toEqual([])
    expect(await ask({ host: ['127.0.0.1:1'] })).toEqual([])
    expect(await ask({ hosts: '/no/such/file' })).toEqual([])
    expect(await ask({})).toEqual([])
  })
})
