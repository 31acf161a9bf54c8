import { statSync } from 'node:fs'
import { type Call, type MachineState, ProvisionError } from '@kontena/core'
import { isAlive } from './background.ts'
import { filesOf } from './layout.ts'
import { readStart } from './machine-folders.ts'
import { runVagrant } from './run-vagrant.ts'
import { readProgress } from './up-log.ts'

export interface StateNow {
  readonly state: MachineState
  readonly reason: string | undefined
}

/** Vagrant takes a second to tell a state, so it is not asked for what its log has just said. */
const fresh = 60_000
const statusTimeout = 120_000

/** What a provider has just said of machines, by their folders; whoever changes one clears it. */
export type StateMemory = Map<string, { readonly at: number; readonly now: StateNow }>

/** Milliseconds that such an answer is good for: waiting looks at every machine all few seconds. */
const remembered = 20_000

/** A folder of ours with a Vagrantfile in it. */
interface Folder {
  readonly path: string
  readonly record: { readonly name: string }
}

/** Where a machine stands: by the log of the `vagrant up` that starts it, and after that by its provider. */
export async function readState(
  { path, record }: Folder,
  call: Call,
  memory: StateMemory = new Map(),
): Promise<StateNow> {
  const start = readStart(path)
  if (start?.state === 'started') return await recallState({ path, record }, call, memory)
  const { log } = filesOf(path)
  const progress = readProgress(log)
  if (start !== undefined && (await isAlive(start.process))) {
    return { state: progress.isUp ? 'running' : 'pending', reason: undefined }
  }
  // It may have ended between the two looks, and then has said more.
  const { outcome, reason } = readProgress(log)
  switch (outcome) {
    case 'failed':
      return { state: 'failed', reason }
    case 'cut off':
      return { state: 'failed', reason: cutOff(reason) }
    case 'done':
      return isFresh(log)
        ? { state: 'running', reason: undefined }
        : await recallState({ path, record }, call, memory)
  }
}

async function recallState(folder: Folder, call: Call, memory: StateMemory): Promise<StateNow> {
  const known = memory.get(folder.path)
  if (known !== undefined && Date.now() - known.at < remembered) return known.now
  const now = await askState(folder, call)
  memory.set(folder.path, { at: Date.now(), now })
  return now
}

/** What its provider says, in our words. */
async function askState({ path, record }: Folder, call: Call): Promise<StateNow> {
  const { lines } = await runVagrant(['status'], {
    folder: path,
    what: `look at ${record.name}`,
    timeout: statusTimeout,
    signal: call.signal,
  })
  const word = lines.find(({ type }) => type === 'state')?.data[0]
  if (word === undefined) {
    throw new ProvisionError('UNAVAILABLE', `Vagrant tells no state of ${record.name}`, {
      hint: `see what it says to "vagrant status" in ${path}`,
    })
  }
  return { state: stateOf(word), reason: reasonOf(word) }
}

/** The words of VirtualBox's and libvirt's drivers; others have words of their own for a machine that is off. */
function stateOf(word: string): MachineState {
  switch (word) {
    case 'running':
      return 'running'
    case 'not_created':
    case 'crashed':
    case 'gurumeditation':
      return 'failed'
    case 'preparing':
    case 'starting':
    case 'restoring':
      return 'pending'
    case 'stopping':
    case 'shutting_down':
    case 'saving':
      return 'stopping'
    default:
      return 'stopped'
  }
}

function reasonOf(word: string): string | undefined {
  if (word === 'running') return undefined
  if (word === 'not_created') return 'its VM is gone: somebody took it away without kontena'
  return `Vagrant says ${word}`
}

function cutOff(said: string | undefined): string {
  return said === undefined
    ? 'vagrant up was cut off before it came to its end'
    : `vagrant up was cut off: ${said}`
}

function isFresh(log: string): boolean {
  const changed = statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Date.now() - changed < fresh
}
