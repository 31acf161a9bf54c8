import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  isFailure,
  type Machine,
  type MachineBatch,
  type MachineOrder,
  networkPolicy,
  type Owner,
  openRateBudget,
  type ProviderSession,
} from '@kontena/core'
import { quickFolder } from '@kontena/core/testing'
import { expect, onTestFinished, vi } from 'vitest'
import { isAlive } from '../src/background.ts'
import { machineOptions, vagrant } from '../src/index.ts'
import { type Behaviour, usualBehaviour } from './behaviour.ts'

export const owner: Owner = { master: '11111111-2222-3333-4444-555555555555', grid: 'demo' }
export const call = { signal: new AbortController().signal }

/** Without its types, so that it starts in half the time: tests call it hundreds of times. */
const double = stripTypeScriptTypes(
  readFileSync(join(import.meta.dirname, 'fake-vagrant.ts'), 'utf8'),
)

/** A computer with a Vagrant of the tests' own; everything on it is gone with the test. */
export function openWorkbench() {
  const root = mkdtempSync(
    join(existsSync(quickFolder) ? quickFolder : tmpdir(), 'kontena-vagrant-'),
  )
  const programs = join(root, 'programs')
  const state = join(root, 'vagrant')
  const folder = join(root, 'home', '.kontena', 'vagrant')
  for (const path of [programs, state]) mkdirSync(path, { recursive: true })
  vi.stubEnv('PATH', [programs, '/usr/bin', '/bin'].join(delimiter))
  vi.stubEnv('FAKE_VAGRANT', state)
  vi.stubEnv('VAGRANT_DEFAULT_PROVIDER', undefined)
  vi.stubEnv('LIBVIRT_DEFAULT_URI', 'qemu+ssh://elsewhere/system')
  onTestFinished(() => {
    endProcesses(folder)
    vi.unstubAllEnvs()
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  })

  const bench = {
    root,
    folder,
    programs,
    addProgram: (name: string, script: string): void => {
      writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(programs, name), 0o755)
    },
    behave: (change: Partial<Behaviour>): void => {
      writeFileSync(join(state, 'behaviour.json'), JSON.stringify({ ...usualBehaviour, ...change }))
    },
    /** Keeps `vagrant up` from going further than this. */
    hold: (step: 'create' | 'boot' | 'setup'): (() => void) => {
      writeFileSync(join(state, `hold-${step}`), '')
      return () => rmSync(join(state, `hold-${step}`), { force: true })
    },
    /** What vagrant was called with, in order. */
    calls: (): string[] => records(state).map(({ args }) => args.join(' ')),
    cwds: (): string[] => records(state).map(({ cwd }) => cwd),
    /** Subcommands that were told to stop. */
    interrupted: (): string[] =>
      existsSync(join(state, 'interrupted'))
        ? readFileSync(join(state, 'interrupted'), 'utf8').trim().split('\n')
        : [],
    /** Puts the usual double in the place of `vagrant`. */
    repair: (): void => {
      const fake = join(programs, 'fake-vagrant.mjs')
      writeFileSync(fake, double)
      bench.addProgram('vagrant', `exec '${process.execPath}' '${fake}' "$@"`)
    },
    /** States of the VMs that are there. */
    vms: (): string[] =>
      existsSync(join(state, 'vms'))
        ? readdirSync(join(state, 'vms')).map((name) =>
            readFileSync(join(state, 'vms', name), 'utf8'),
          )
        : [],
    /** Changes all VMs behind our back; undefined takes them away. */
    meddle: (word: string | undefined): void => {
      for (const name of readdirSync(join(state, 'vms'))) {
        if (word === undefined) rmSync(join(state, 'vms', name))
        else writeFileSync(join(state, 'vms', name), word)
      }
    },
    open: (machine: Record<string, unknown> = {}, region?: string): ProviderSession =>
      openSession(folder, machine, region),
    /** Resolves when the `vagrant up` of a machine has ended. */
    upEnded: async (name: string): Promise<void> => {
      const start = JSON.parse(readFileSync(join(bench.machineFolder(name), 'start.json'), 'utf8'))
      await expect.poll(() => isAlive(start.process)).toBe(false)
    },
    machineFolder: (name: string): string => {
      const grids = join(folder, 'nodes')
      const [grid = ''] = readdirSync(grids)
      return join(grids, grid, name)
    },
  }
  bench.repair()
  bench.behave({})
  return bench
}

let opened: Awaited<ReturnType<typeof vagrant.load>> | undefined

/** Loads the provider, which tests do once. */
export async function loadProvider(): Promise<void> {
  opened = await vagrant.load()
}

function openSession(
  folder: string,
  machine: Record<string, unknown>,
  region: string | undefined,
): ProviderSession {
  if (opened === undefined) throw new Error('the provider is not loaded')
  return opened({
    access: { region },
    machine: machineOptions.parse(machine),
    rate: openRateBudget({ title: 'Vagrant', emit: () => undefined }),
    folder,
    owner,
  })
}

export function orderFor(change: Partial<MachineOrder> = {}): MachineOrder {
  return { owner, count: 1, policy: networkPolicy({}), sshKeys: [], tags: {}, ...change }
}

export function batchFor(name: string, change: Partial<MachineBatch> = {}): MachineBatch {
  return {
    owner,
    order: 'order-1',
    zone: 'local',
    names: [name],
    userData: Buffer.from('#cloud-config\n# a secret\n'),
    shared: {},
    token: `token-${name}`,
    minimum: 'all',
    sshKeys: [],
    tags: {},
    ...change,
  }
}

/** Makes a machine and answers as the kernel has it. */
export async function make(
  session: ProviderSession,
  name: string,
  change: Partial<MachineBatch> = {},
): Promise<Machine> {
  const { machines } = await session.create(batchFor(name, change), call)
  const [machine] = machines
  if (machine === undefined) throw new Error(`no machine was made for ${name}`)
  return machine
}

/** Looks until the machine is so. */
export async function becomes(
  session: ProviderSession,
  id: string,
  state: Machine['state'] | 'absent',
): Promise<Machine | undefined> {
  return await vi
    .waitUntil(
      async () => {
        const [machine] = await session.find({ ids: [id] }, call)
        return (machine?.state ?? 'absent') === state ? (machine ?? true) : undefined
      },
      { timeout: 10_000, interval: 30 },
    )
    .then((seen) => (seen === true ? undefined : seen))
}

/** Asks again, as the kernel does, until the machine is gone. */
export async function gone(session: ProviderSession, id: string): Promise<void> {
  const ask = () => session.terminate([id], call).then(() => 'gone', askAgain)
  await expect.poll(ask, { timeout: 10_000 }).toBe('gone')
  expect(await session.find({ ids: [id] }, call)).toEqual([])
}

function askAgain(error: unknown): string {
  if (isFailure(error, 'BUSY')) return 'busy'
  throw error
}

/** A socket that answers, as a daemon's does. */
export async function listenAt(path: string): Promise<void> {
  const server = createServer((peer) => peer.end())
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    server.close()
  })
}

function records(state: string): { args: string[]; cwd: string }[] {
  const file = join(state, 'calls')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): { args: string[]; cwd: string } => JSON.parse(line))
}

/** Ends what a test has left running. */
function endProcesses(folder: string): void {
  const grids = join(folder, 'nodes')
  if (!existsSync(grids)) return
  for (const path of readdirSync(grids, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('start.json')) continue
    const start = JSON.parse(readFileSync(join(grids, path), 'utf8'))
    if (start.state !== 'starting') continue
    try {
      process.kill(-start.process.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}
