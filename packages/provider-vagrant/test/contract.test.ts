/**
 * The facts of the conformance kit that hold for a provider without an HTTP border, seen at the only border
 * there is: the program `vagrant`, and files.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFailure, type ProviderSession } from '@kontena/core'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  batchFor,
  becomes,
  call,
  gone,
  loadProvider,
  make,
  openWorkbench,
  orderFor,
  owner,
} from './workbench.ts'

beforeAll(loadProvider)

type Bench = ReturnType<typeof openWorkbench>
const ups = (bench: Bench) => bench.calls().filter((line) => line.startsWith('up'))

describe('the same token', () => {
  it('makes one machine, however often it is asked', async () => {
    const bench = openWorkbench()
    const first = await make(bench.open(), 'web-1')
    const again = await make(bench.open(), 'web-1')
    await becomes(bench.open(), first.id, 'running')

    expect(again.id).toBe(first.id)
    expect(ups(bench)).toHaveLength(1)
  })

  it('of another call does not, and leaves the machine there alone', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')

    await expect(make(session, 'web-1', { token: 'another' })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })

    expect(await session.find({ owner }, call)).toMatchObject([{ id, state: 'running' }])
    expect(readdirSync(join(bench.folder, 'addresses'))).toEqual(['192.168.56.10'])
  })
})

describe('machines', () => {
  it('are found by id, by order and by owner, from any command', async () => {
    const bench = openWorkbench()
    const one = await make(bench.open(), 'web-1')
    const other = await make(bench.open(), 'web-2', { order: 'order-2' })
    const session = bench.open()

    const ids = async (query: Parameters<ProviderSession['find']>[0]) =>
      (await session.find(query, call)).map(({ id }) => id)
    expect(await ids({ ids: [one.id] })).toEqual([one.id])
    expect(await ids({ owner, order: 'order-2' })).toEqual([other.id])
    expect(await ids({ owner })).toEqual([one.id, other.id])
    expect(await ids({ owner: { ...owner, master: 'another' } })).toEqual([])
    expect((await session.find({ ids: [other.id] }, call))[0]).toMatchObject({
      name: 'web-2',
      zone: 'local',
      owner,
      order: 'order-2',
      token: 'token-web-2',
      privateAddress: '192.168.56.11',
    })
  })

  it('of others are left alone', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const foreign = { ...owner, master: '99999999-2222-3333-4444-555555555555' }
    const theirs = await make(session, 'web-1', { owner: foreign })
    const ours = await make(session, 'web-1')
    await becomes(session, theirs.id, 'running')
    await becomes(session, ours.id, 'running')

    await gone(session, ours.id)

    expect(await session.find({ owner: foreign }, call)).toMatchObject([{ id: theirs.id }])
    expect(bench.vms()).toEqual(['running'])
  })

  it('that are gone are gone again, without a call', async () => {
    const bench = openWorkbench()

    await bench.open().terminate(['vm-never', 'vm-seen'], call)

    expect(bench.calls()).toEqual([])
  })

  it('leave nothing of theirs', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')

    await gone(session, id)
    expect(await session.removeShared(owner, call)).toEqual([])

    const left = readdirSync(bench.folder, { recursive: true, encoding: 'utf8' }).sort()
    expect(left).toEqual(['addresses', 'nodes', expect.stringMatching(/^nodes\/demo-[0-9a-f]{8}$/)])
  })
})

describe('a command that is killed', () => {
  it('before it called Vagrant leaves a machine that is found, told of and taken away', async () => {
    const bench = openWorkbench()
    const { id } = await make(bench.open(), 'web-1')
    await bench.upEnded('web-1')
    bench.meddle(undefined)
    for (const file of ['start.json', 'vagrant.log'])
      rmSync(join(bench.machineFolder('web-1'), file))
    const next = bench.open()

    expect(await next.find({ owner, order: 'order-1' }, call)).toMatchObject([
      { id, state: 'failed', reason: 'vagrant up was cut off before it came to its end' },
    ])
    await gone(next, id)
  })

  it('between calling it and writing so waits for a Vagrant that is still at work', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await bench.upEnded('web-1')
    rmSync(join(bench.machineFolder('web-1'), 'start.json'))
    bench.behave({
      failures: {
        destroy: {
          name: 'Vagrant::Errors::MachineActionLockedError',
          message:
            "An action 'destroy' was attempted on the machine 'web-1',\nbut another process is already executing an action on the machine.",
        },
      },
    })

    await expect(session.terminate([id], call)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining("take away web-1: An action 'destroy' was attempted"),
    })
    expect(await session.find({ ids: [id] }, call)).toHaveLength(1)

    bench.behave({})
    await gone(session, id)
  })

  it('while Vagrant runs leaves Vagrant to go on', async () => {
    const bench = openWorkbench()
    const goOn = bench.hold('create')
    const { id } = await make(bench.open(), 'web-1')
    const next = bench.open()
    await becomes(next, id, 'pending')

    goOn()

    await becomes(next, id, 'running')
  })

  it('with its Vagrant leaves a machine that has failed', async () => {
    const bench = openWorkbench()
    bench.hold('create')
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await expect.poll(() => ups(bench)).toHaveLength(1)
    const start = JSON.parse(readFileSync(join(bench.machineFolder('web-1'), 'start.json'), 'utf8'))

    process.kill(-start.process.pid, 'SIGKILL')

    await becomes(session, id, 'failed')
    await gone(session, id)
  })

  it('while it takes a machine away lets the next one finish', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')
    bench.meddle(undefined)

    await gone(bench.open(), id)

    expect(await session.find({ owner }, call)).toEqual([])
  })
})

describe('a call that is cancelled', () => {
  it.each<[string, (session: ProviderSession, signal: AbortSignal) => Promise<unknown>]>([
    ['account', (session, signal) => session.account({ signal })],
    ['preflight', (session, signal) => session.preflight(orderFor(), { signal })],
    ['zones', (session, signal) => session.zones({ signal })],
    ['prepare', (session, signal) => session.prepare(orderFor(), { signal })],
    ['create', (session, signal) => session.create(batchFor('web-2'), { signal })],
    ['find', (session, signal) => session.find({ owner }, { signal })],
    ['terminate', (session, signal) => session.terminate(['vm-1'], { signal })],
    ['removeShared', (session, signal) => session.removeShared(owner, { signal })],
    ['restart', async (session, signal) => await session.restart?.([], { signal })],
    ['login', async (session, signal) => await session.login?.('vm-1', { signal })],
    ['consoleLog', async (session, signal) => await session.consoleLog?.('vm-1', { signal })],
  ])('before it begins does nothing: %s', async (_, ask) => {
    const bench = openWorkbench()
    const reason = new Error('cancelled')

    await expect(ask(bench.open(), AbortSignal.abort(reason))).rejects.toBe(reason)

    expect(bench.calls()).toEqual([])
  })

  it('rejects at once, and Vagrant is told to stop', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')
    await bench.upEnded('web-1')
    bench.behave({ hangs: ['destroy'] })
    const cancel = new AbortController()
    const reason = new Error('cancelled')

    const ended = session.terminate([id], { signal: cancel.signal })
    await expect.poll(() => bench.calls().at(-1)).toBe('destroy -f')
    cancel.abort(reason)

    await expect(ended).rejects.toBe(reason)
    await expect.poll(() => bench.interrupted()).toEqual(['destroy'])
    expect(await session.find({ ids: [id] }, call)).toHaveLength(1)
  })
})

describe('secrets', () => {
  it('are in no error, reason or console', async () => {
    const bench = openWorkbench()
    bench.behave({
      failures: { up: { name: 'Vagrant::Errors::VMBootTimeout', message: 'Timed out' } },
    })
    const session = bench.open()
    const userData = Buffer.from('#cloud-config\n# hunter2\n')
    const { id } = await make(session, 'web-1', { userData })
    const failed = await becomes(session, id, 'failed')
    writeFileSync(join(bench.machineFolder('web-1'), 'machine.json'), 'hunter2')
    const error = await session.find({ owner }, call).catch((thrown: unknown) => thrown)

    expect(failed?.reason).toBe('Timed out')
    expect(
      await bench
        .open()
        .consoleLog?.(id, call)
        .catch(() => ''),
    ).not.toContain('hunter2')
    expect(isFailure(error) && `${error.message} ${error.hint}`).not.toContain('hunter2')
  })
})
