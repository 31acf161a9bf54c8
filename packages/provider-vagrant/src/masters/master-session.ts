import { existsSync } from 'node:fs'
import type { Call, MasterLogin, MasterMachine, MasterSession, OpenMasters } from '@kontena/core'
import { freeAddresses } from '../addresses.ts'
import { filesOf, type Layout, layoutOf } from '../layout.ts'
import { parseSshConfig } from '../login.ts'
import { readStart, removeMachineFolder, writeStart } from '../machine-folders.ts'
import { readState } from '../machine-state.ts'
import { findMeans } from '../preflight.ts'
import { runVagrant } from '../run-vagrant.ts'
import { destroyMachine, endStart, type Told } from '../terminate.ts'
import { readLog } from '../up-log.ts'
import { checkName, createMaster } from './create-master.ts'
import { findMaster, holderOf, listMasters, type MasterFolder } from './master-folders.ts'
import { type MasterOptions, masterOptions } from './options.ts'

const startTimeout = 900_000
const stopTimeout = 300_000
const askTimeout = 120_000
/** Lines of the console that are kept for a person to read, and those in which the machine tells of itself. */
const consoleLines = 100
const tellingLines = 100_000

/** Masters in machines of Vagrant on this computer, each in a folder of its own. */
export const openMasters: OpenMasters = ({ folder }): MasterSession => {
  const layout = layoutOf(folder)
  const told: Told = new Map()
  const meansFor = (options: MasterOptions, call: Call) =>
    findMeans(layout, { ...options, az: 'local' }, call)

  return {
    preflight: async (order, call) => {
      const options = masterOptions.parse(order.options)
      checkName(layout, order.name)
      const { version, provider } = await meansFor(options, call)
      return {
        vagrant: `${version} with ${provider}`,
        box: options.box,
        machine: `${options.memory} MiB, ${options.cpus} CPU${options.cpus === 1 ? '' : 's'}`,
      }
    },
    create: async (order, call) => {
      const options = masterOptions.parse(order.options)
      const means = await meansFor(options, call)
      const made = await createMaster({ layout, options, means, order }, call)
      return toMachine(made, { state: 'pending', reason: undefined })
    },
    list: async (call) => {
      call.signal.throwIfAborted()
      return await Promise.all(
        listMasters(layout).map(async (master) => toMachine(master, await readState(master, call))),
      )
    },
    start: (name, call) => boot(['up', '--no-provision', '--no-destroy-on-error'], name, call),
    restart: (name, call) => boot(['reload', '--no-provision'], name, call),
    stop: async (name, call) => {
      const { path } = findMaster(layout, name)
      await runVagrant(['halt'], within(path, `stop ${name}`, stopTimeout, call))
      writeStart(path, { state: 'started' })
    },
    login: (name, call) => findLogin(layout, name, call),
    terminate: async (name, call) => {
      call.signal.throwIfAborted()
      if (!existsSync(layout.master(name))) return
      const master = findMaster(layout, name)
      const start = readStart(master.path)
      if (start?.state === 'starting') await endStart(start.process, name, told)
      await destroyMachine(master, call)
      freeAddresses(layout.addresses, holderOf(name))
      removeMachineFolder(master.path)
    },
    consoleLog: async (name, { signal }) => {
      signal.throwIfAborted()
      const lines = readLog(filesOf(findMaster(layout, name).path).log, consoleLines)
      return lines.length === 0 ? undefined : lines.join('\n')
    },
  }

  async function boot(args: readonly string[], name: string, call: Call): Promise<void> {
    const { path } = findMaster(layout, name)
    const [word = ''] = args
    const what = `${word === 'up' ? 'start' : 'restart'} ${name}`
    await runVagrant(args, within(path, what, startTimeout, call))
    writeStart(path, { state: 'started' })
  }
}

async function findLogin(layout: Layout, name: string, call: Call): Promise<MasterLogin> {
  const { path, record } = findMaster(layout, name)
  const options = within(path, `find the way to ${name}`, askTimeout, call)
  const { lines } = await runVagrant(['ssh-config'], options)
  const text = lines.find(({ type }) => type === 'ssh-config')?.data[0] ?? ''
  const hostKeys = saidIn(path, /^kontena: host key (ssh-\S+ \S+|ecdsa-\S+ \S+)$/)
  return { address: record.address, ...parseSshConfig(text), hostKeys }
}

function toMachine(
  { path, record }: MasterFolder,
  { state, reason }: Pick<MasterMachine, 'state' | 'reason'>,
): MasterMachine {
  const [authority] = saidIn(path, /^kontena: authority ([0-9a-f]{64})$/)
  // Its script still runs where the machine does, until it has told whom to trust.
  const isReady = state !== 'running' || authority !== undefined
  return {
    name: record.name,
    url: record.url,
    authority,
    state: isReady ? state : 'pending',
    reason,
  }
}

/** What the machine's setup said, by way of Vagrant's own login to it. */
function saidIn(path: string, pattern: RegExp): string[] {
  return readLog(filesOf(path).log, tellingLines).flatMap((line) => pattern.exec(line)?.[1] ?? [])
}

function within(folder: string, what: string, timeout: number, { signal }: Call) {
  return { folder, what, timeout, signal }
}
