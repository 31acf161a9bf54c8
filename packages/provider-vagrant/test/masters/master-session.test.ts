import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isFailure, type MasterMachine, type MasterSession } from '@kontena/core'
import { describe, expect, it, vi } from 'vitest'
import { vagrant } from '../../src/index.ts'
import { batchFor, call, loadProvider, openWorkbench } from '../workbench.ts'

const authority = 'ab'.repeat(32)
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample'

/** A computer with a Vagrant of the tests' own, and masters on it. */
async function openBench() {
  const bench = openWorkbench()
  const { masters } = vagrant
  if (masters === undefined) throw new Error('there are no masters')
  const open = await masters.load()
  const session = open({ access: {}, folder: bench.folder })
  const options = (more: Record<string, unknown> = {}) => masters.options.parse(more)
  const orderFor = (name: string, more: Record<string, unknown> = {}) => ({
    name,
    options: options(more),
    program: Buffer.from('the program'),
    adminCode: 'c0de',
  })
  const pathOf = (name: string) => join(bench.folder, 'masters', name)
  return {
    ...bench,
    session,
    orderFor,
    pathOf,
    read: (name: string, file: string) => readFileSync(join(pathOf(name), file), 'utf8'),
    /** What the machine's setup says, as Vagrant writes it down. */
    say: (name: string, ...lines: string[]) =>
      appendFileSync(
        join(pathOf(name), 'vagrant.log'),
        lines.map((line) => `1,${name},ui,detail,    ${name}: kontena: ${line}\n`).join(''),
      ),
    /** Makes a master, and lets its machine tell all. */
    make: async (name: string, more: Record<string, unknown> = {}) => {
      const release = bench.hold('setup')
      await session.create(orderFor(name, more), call)
      await vi.waitUntil(() => bench.vms().length > 0)
      const line = (text: string) => `1,${name},ui,detail,    ${name}: kontena: ${text}\n`
      const log = join(pathOf(name), 'vagrant.log')
      appendFileSync(log, `${line(`host key ${hostKey}`)}${line(`authority ${authority}`)}`)
      release()
      return becomes(session, name, 'running')
    },
  }
}

async function becomes(
  session: MasterSession,
  name: string,
  state: MasterMachine['state'],
): Promise<MasterMachine> {
  return vi.waitUntil(
    async () => (await session.list(call)).find((one) => one.name === name && one.state === state),
    { timeout: 10_000, interval: 30 },
  )
}

/** Asks again, as the command does, until the machine is gone. */
async function gone(session: MasterSession, name: string): Promise<void> {
  const ask = () =>
    session.terminate(name, call).then(
      () => 'gone',
      (error: unknown) => {
        if (isFailure(error, 'BUSY')) return 'busy'
        throw error
      },
    )
  await expect.poll(ask, { timeout: 10_000 }).toBe('gone')
}

describe('a master in a machine of Vagrant', () => {
  it('is pending until its machine has said whom to trust', async () => {
    const bench = await openBench()
    const release = bench.hold('setup')
    const made = await bench.session.create(bench.orderFor('main'), call)

    expect(made).toEqual({
      name: 'main',
      url: 'https://192.168.56.10',
      state: 'pending',
      reason: undefined,
      authority: undefined,
    })
    await vi.waitUntil(() => bench.vms().includes('running'))
    await becomes(bench.session, 'main', 'pending')
    bench.say('main', `authority ${authority}`)
    expect(await becomes(bench.session, 'main', 'running')).toMatchObject({ authority })
    release()
    await becomes(bench.session, 'main', 'running')
  })

  it('gets the program, its unit and the code, in a folder that nobody else reads', async () => {
    const bench = await openBench()
    await bench.make('main', { memory: 512 })

    const path = bench.pathOf('main')
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'master.env')).mode & 0o777).toBe(0o600)
    expect(bench.read('main', 'program.tar.gz')).toBe('the program')
    expect(bench.read('main', 'master.env')).toBe('INITIAL_ADMIN_CODE=c0de\n')
    const unit = bench.read('main', 'kontena-master.service')
    expect(unit).toContain(
      'docker.io/library/node:22-bookworm-slim@sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9 node',
    )
    expect(unit).toContain('--public-url https://192.168.56.10 --tls')
    expect(unit).not.toContain('c0de')
    const vagrantfile = bench.read('main', 'Vagrantfile')
    expect(vagrantfile).toContain('machine.memory = 512')
    for (const file of ['program.tar.gz', 'master.env', 'install-docker', 'packages', 'image']) {
      expect(vagrantfile).toContain(`destination: '/var/tmp/kontena/${file}'`)
      expect(existsSync(join(path, file))).toBe(true)
    }
    expect(vagrantfile).not.toContain('c0de')
  })

  it('is one of several, with addresses of their own that no node gets', async () => {
    const bench = await openBench()
    await loadProvider()
    await bench.make('main')
    await bench.session.create(bench.orderFor('second'), call)

    const nodes = bench.open()
    const { machines } = await nodes.create(batchFor('web-1'), call)

    expect((await bench.session.list(call)).map(({ name, url }) => [name, url])).toEqual([
      ['main', 'https://192.168.56.10'],
      ['second', 'https://192.168.56.11'],
    ])
    expect(machines[0]?.privateAddress).toBe('192.168.56.12')
  })

  it('has the address that was asked for, or none', async () => {
    const bench = await openBench()
    await bench.make('main', { networkAddress: '192.168.57.7' })
    const again = bench.orderFor('second', { networkAddress: '192.168.57.7' })

    await expect(bench.session.create(again, call)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '--network-address 192.168.57.7 is taken',
      hint: '192.168.57.8 is free',
    })
    expect((await bench.session.list(call)).map(({ url }) => url)).toEqual(['https://192.168.57.7'])
  })

  it('stays as it is where another of its name is wanted', async () => {
    const bench = await openBench()
    await bench.make('main')
    const order = bench.orderFor('main', { networkAddress: '192.168.57.9' })
    const failure = {
      code: 'NAME_TAKEN',
      hint: 'choose another --name, or take it away with: kontena vagrant master terminate main',
    }

    await expect(bench.session.preflight(order, call)).rejects.toMatchObject(failure)
    await expect(bench.session.create(order, call)).rejects.toMatchObject(failure)

    expect(await bench.session.list(call)).toMatchObject([{ url: 'https://192.168.56.10' }])
    expect(bench.calls().filter((words) => words.startsWith('up'))).toHaveLength(1)
  })

  it('has failed with the reason that its setup gave', async () => {
    const bench = await openBench()
    bench.behave({
      failures: {
        up: {
          name: 'Vagrant::Errors::VagrantError',
          message: 'The SSH command responded with a non-zero exit status.',
          said: ['kontena: fetching the runtime image', 'kontena: failed: fetch_image'],
        },
      },
    })
    await bench.session.create(bench.orderFor('main'), call)

    const { reason } = await becomes(bench.session, 'main', 'failed')

    expect(reason).toBe('failed: fetch_image')
    expect(await bench.session.consoleLog('main', call)).toContain('kontena: failed: fetch_image')
  })

  it('is made of nothing where there is no Vagrant', async () => {
    const bench = await openBench()
    bench.addProgram('vagrant', 'exit 127')

    await expect(bench.session.preflight(bench.orderFor('main'), call)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    })
    expect(existsSync(join(bench.folder, 'masters'))).toBe(false)
  })

  it('tells what it will be made of', async () => {
    const bench = await openBench()
    expect(await bench.session.preflight(bench.orderFor('main'), call)).toEqual({
      vagrant: '2.3.4 with libvirt',
      box: 'cloud-image/ubuntu-24.04',
      machine: '1024 MiB, 1 CPU',
    })
  })
})

describe('the machine of a master', () => {
  it('stops, starts and restarts, and is set up once', async () => {
    const bench = await openBench()
    await bench.make('main')

    await bench.session.stop('main', call)
    await becomes(bench.session, 'main', 'stopped')
    await bench.session.start('main', call)
    expect(await becomes(bench.session, 'main', 'running')).toMatchObject({ authority })
    await bench.session.restart('main', call)

    const calls = bench.calls().filter((words) => /^(up|halt|reload)/.test(words))
    expect(calls.slice(1)).toEqual([
      'halt',
      'up --no-provision --no-destroy-on-error',
      'reload --no-provision',
    ])
  })

  it('is logged in to as Vagrant does, and shows the keys that it told', async () => {
    const bench = await openBench()
    await bench.make('main')

    expect(await bench.session.login('main', call)).toMatchObject({
      address: '192.168.121.7',
      user: 'vagrant',
      port: 22,
      identityFile: expect.stringContaining('.vagrant/private key'),
      hostKeys: [hostKey],
    })
  })

  it('goes with its folder and its address', async () => {
    const bench = await openBench()
    await bench.make('main')

    await gone(bench.session, 'main')

    expect(bench.vms()).toEqual([])
    expect(await bench.session.list(call)).toEqual([])
    expect(readdirSync(join(bench.folder, 'masters'))).toEqual([])
    expect(readdirSync(join(bench.folder, 'addresses'))).toEqual([])
    await bench.session.terminate('main', call)
  })

  it('goes while it is still being made, once Vagrant has come to its end', async () => {
    const bench = await openBench()
    bench.hold('boot')
    await bench.session.create(bench.orderFor('main'), call)
    await vi.waitUntil(() => bench.vms().length > 0)

    await expect(bench.session.terminate('main', call)).rejects.toMatchObject({ code: 'BUSY' })
    await gone(bench.session, 'main')

    expect(bench.vms()).toEqual([])
  })

  it('is not there under another name', async () => {
    const bench = await openBench()
    await bench.make('main')

    for (const verb of ['start', 'stop', 'restart', 'login', 'consoleLog'] as const) {
      await expect(bench.session[verb]('other', call), verb).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: 'there is no master other on this computer',
        hint: 'there are: main',
      })
    }
  })

  it('is nobody’s where its record is damaged, and the way out is told', async () => {
    const bench = await openBench()
    await bench.make('main')
    writeFileSync(join(bench.pathOf('main'), 'master.json'), '{}')

    await expect(bench.session.list(call)).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      hint: expect.stringContaining('vagrant destroy -f'),
    })
  })
})
