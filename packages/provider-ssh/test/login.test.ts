import { execFileSync, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isFailure } from '@kontena/core'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { call, knownLine, openLaptop, openLaptopThatKnows, order } from './session.ts'
import { makeKey, openTestHost } from './test-host.ts'

const hasAgent = spawnSync('ssh-agent', ['-h']).error === undefined
if (!hasAgent) process.stdout.write('skipped: logins by an SSH agent, as ssh-agent is missing\n')

afterEach(() => {
  vi.useRealTimers()
})

/** What a preflight of this host is refused with. */
async function refusal(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await work
  } catch (error) {
    if (!isFailure(error)) throw error
    return { code: error.code, message: error.message, hint: error.hint }
  }
  throw new Error('it was not refused')
}

/** A TCP server that is no SSH server; closes with the test. */
async function listen(greet: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    greet(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere')
  return (address satisfies AddressInfo).port
}

async function tryHost(host: string): Promise<ReturnType<typeof refusal>> {
  const laptop = await openLaptop()
  const key = await laptop.keyFile(makeKey().private)
  const session = await laptop.open({ access: { key }, machine: { host: [host] } })
  return refusal(session.preflight(order(), call))
}

describe('a host that cannot be reached', () => {
  it('is told as refusing where nothing listens', async () => {
    const port = await listen(() => undefined)
    const free = port === 65_535 ? port - 1 : port + 1
    expect(await tryHost(`127.0.0.1:${free}`)).toEqual({
      code: 'UNAVAILABLE',
      message: `127.0.0.1:${free} refuses the connection: nothing listens for SSH there`,
      hint: 'check the port (--port), and that its SSH server runs',
    })
  })

  it('is told as unknown where its name is', async () => {
    expect(await tryHost('no-such-host.invalid')).toMatchObject({
      message: expect.stringMatching(
        /^no-such-host\.invalid (is a name that no name server knows|cannot be looked up)/,
      ),
    })
  })

  it('is told as silent where somebody takes the connection and says nothing', async () => {
    const port = await listen(() => undefined)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let waiting = true
    const told = tryHost(`127.0.0.1:${port}`).finally(() => {
      waiting = false
    })
    while (waiting) {
      await vi.advanceTimersByTimeAsync(10_000)
      await setImmediate()
    }
    expect(await told).toMatchObject({
      code: 'UNAVAILABLE',
      message: `127.0.0.1:${port} does not answer`,
    })
  })

  it('is told as another kind of server where it speaks something else', async () => {
    const port = await listen((socket) => socket.end('220 mail.example.com ESMTP\r\n'.repeat(80)))
    expect(await tryHost(`127.0.0.1:${port}`)).toMatchObject({
      code: 'UNAVAILABLE',
      message: `127.0.0.1:${port} answers, but not as an SSH server`,
    })
  })

  it('lets go at once when the command is cancelled', async () => {
    const arrived = Promise.withResolvers<void>()
    const port = await listen(() => arrived.resolve())
    const laptop = await openLaptop()
    const key = await laptop.keyFile(makeKey().private)
    const session = await laptop.open({ access: { key }, machine: { host: [`127.0.0.1:${port}`] } })
    const stop = new AbortController()
    const work = session.preflight(order(), { signal: stop.signal })
    await arrived.promise
    stop.abort('interrupt')
    await expect(work).rejects.toBe('interrupt')
  })
})

describe('a login', () => {
  it('takes a key among the usual files, as ssh does', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    await writeFile(join(laptop.home, '.ssh/id_ed25519'), host.key, { mode: 0o600 })
    const session = await laptop.open({ machine: { host: [host.target] } })
    await expect(session.preflight(order(), call)).resolves.toMatchObject({ warnings: [] })
  })

  it('says which key the host refuses, and as whom', async () => {
    const host = await openTestHost({ login: 'nobody' })
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    expect(await refusal(session.preflight(order(), call))).toEqual({
      code: 'BAD_CREDENTIALS',
      message: `127.0.0.1:${host.port} does not let root in with the key ${laptop.home}/.ssh/key`,
      hint: 'name the right account with --user, or its key with --key',
    })
  })

  it('tells a host that takes passwords only, and sends it none', async () => {
    const host = await openTestHost({ login: 'password' })
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    expect(await refusal(session.preflight(order(), call))).toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: `127.0.0.1:${host.port} lets root in by password only, and passwords are not used here`,
    })
  })

  it.each([
    ['is missing', undefined, 'LOCAL_FILE', /--key .*none cannot be read: ENOENT$/],
    ['holds no key', 'hello', 'BAD_OPTIONS', /holds no private key that can be read$/],
    ['holds a public key', makeKey().public, 'BAD_OPTIONS', /is a public key$/],
  ])('says that the key file %s', async (_what, text, code, message) => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const key = text === undefined ? join(laptop.home, 'none') : await laptop.keyFile(text)
    const session = await laptop.open({ access: { key }, machine: { host: [host.target] } })
    const told = await refusal(session.preflight(order(), call))
    expect(told).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(host.connections()).toBe(0)
  })

  it('says that there is no key at all', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ machine: { host: [host.target] } })
    expect(await refusal(session.preflight(order(), call))).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: expect.stringContaining('there is no SSH key to log in with'),
    })
  })

  it('goes by way of another host, which must show a known key too', async () => {
    const jump = await openTestHost()
    const host = await openTestHost({ key: jump.keyPair })
    const laptop = await openLaptopThatKnows(jump, host)
    const access = { jump: jump.target }
    const session = await laptop.open({ hosts: [host], access })
    await session.preflight(order(), call)
    expect([jump.commands.length, host.commands.length]).toEqual([0, 1])
    await laptop.know(knownLine(host))
    const careful = await laptop.open({ hosts: [host], access })
    expect(await refusal(careful.preflight(order(), call))).toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: expect.stringContaining(`127.0.0.1:${jump.port} shows the host key`),
    })
  })

  it('waits for no host in between that never says whether it reaches the next', async () => {
    const jump = await openTestHost({ forwards: 'never' })
    const laptop = await openLaptopThatKnows(jump)
    const session = await laptop.open({
      hosts: [jump],
      access: { jump: jump.target },
      machine: { host: ['127.0.0.1:1'] },
    })
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'))
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(late)
    onTestFinished(() => timeout.mockRestore())
    expect(await refusal(session.preflight(order(), call))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('cannot reach 127.0.0.1 on port 1'),
    })
  })

  it('says what the host in between cannot reach', async () => {
    const jump = await openTestHost()
    const laptop = await openLaptopThatKnows(jump)
    const session = await laptop.open({
      hosts: [jump],
      access: { jump: jump.target },
      machine: { host: ['127.0.0.1:1'] },
    })
    expect(await refusal(session.preflight(order(), call))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`127.0.0.1:${jump.port} cannot reach 127.0.0.1 on port 1`),
    })
  })
})

describe.skipIf(!hasAgent)('a key that is locked by a passphrase', () => {
  it('is named as what it is, and used once the SSH agent has it', async () => {
    const laptop = await openLaptop()
    const file = join(laptop.home, '.ssh/locked')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret words', '-f', file])
    const open = join(laptop.home, '.ssh/open')
    execFileSync('cp', ['-p', file, open])
    execFileSync('ssh-keygen', ['-q', '-p', '-P', 'secret words', '-N', '', '-f', open])
    const host = await openTestHost({ key: { private: '', public: publicOfFile(open) } })
    await laptop.know(knownLine(host))
    const machine = { host: [host.target] }
    const before = await laptop.open({ access: { key: file }, machine })
    expect(await refusal(before.preflight(order(), call))).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: expect.stringContaining(`--key ${file} is locked by a passphrase`),
      hint: `unlock it for the SSH agent with: ssh-add ${file}`,
    })
    const agent = startAgent(laptop.home)
    execFileSync('ssh-add', ['-q', open], { env: { ...process.env, SSH_AUTH_SOCK: agent } })
    vi.stubEnv('SSH_AUTH_SOCK', agent)
    for (const access of [{ key: file }, {}]) {
      const after = await laptop.open({ access, machine })
      await expect(after.preflight(order(), call)).resolves.toMatchObject({ warnings: [] })
    }
  })

  it('is not there where the agent does not answer', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    vi.stubEnv('SSH_AUTH_SOCK', join(laptop.home, 'no-agent'))
    const session = await laptop.open({ hosts: [host] })
    await expect(session.preflight(order(), call)).resolves.toMatchObject({ warnings: [] })
  })
})

function publicOfFile(file: string): string {
  const text = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })
  return text.split(' ').slice(0, 2).join(' ').trim()
}

/** Ends with the test. */
function startAgent(home: string): string {
  const socket = join(home, 'agent.sock')
  const text = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' })
  const [, id = ''] = /SSH_AGENT_PID=(\d+)/.exec(text) ?? []
  onTestFinished(() => {
    process.kill(Number(id))
  })
  return socket
}
