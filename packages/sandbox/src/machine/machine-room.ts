import { setTimeout as delay } from 'node:timers/promises'
import { openVirtualMachines, type Workshop } from '../vm/virtual-machines.ts'
import { openAgentHost } from './agent-host.ts'
import { openAgentProcesses } from './agent-process.ts'
import { openLauncher } from './launcher.ts'
import { createMachine, type Machine, type MachineOptions } from './machine.ts'

/** Where the machines of all simulated clouds stand. */
export interface MachineRoom {
  create(options: MachineOptions): Machine
  /** Those that are there, by their ids. */
  list(): ReadonlyMap<string, Machine>
  /** Ends them all. */
  close(): Promise<void>
}

export interface MachineRoomOptions {
  readonly scratch: string
  /** `none`: machines run nothing. */
  readonly agents: 'process' | 'shared' | 'none'
  readonly dockerSocket: string | undefined
  /** Where machines really boot; else they are processes. */
  readonly workshop?: Workshop | undefined
}

export function openMachineRoom({
  scratch,
  agents,
  dockerSocket,
  workshop,
}: MachineRoomOptions): MachineRoom {
  const launcher = openLauncher(scratch)
  const closing = new AbortController()
  const tools = {
    scratch,
    launcher,
    agents: agents === 'shared' ? openAgentHost(scratch) : openAgentProcesses(launcher),
    turn: oneByOne(closing.signal),
    dockerSocket,
  }
  const virtual = workshop && openVirtualMachines(workshop, tools)
  const make = (options: MachineOptions): Machine => {
    const { id, guest, onlyPrints = agents === 'none' ? '' : undefined } = options
    if (virtual !== undefined && guest !== undefined && onlyPrints === undefined) {
      return virtual.create({ id, guest })
    }
    return createMachine({ ...options, onlyPrints }, tools)
  }
  const machines = new Map<string, Machine>()
  return {
    create(options) {
      const made = make(options)
      const machine: Machine = {
        ...made,
        async destroy() {
          await made.destroy()
          machines.delete(options.id)
        },
      }
      machines.set(options.id, machine)
      return machine
    },
    list: () => machines,
    async close() {
      closing.abort()
      const stopped = [...machines.values()].map((machine) => machine.stop())
      // Nobody looks at these machines again, so none is given time to shut down.
      await virtual?.close()
      await Promise.all([launcher.close(), tools.agents.close()])
      await Promise.all(stopped)
    },
  }
}

/** Milliseconds; taking one machine's user data apart costs about as much. */
const turnLength = 5

/** Gives turns in order, a moment apart, so that a batch of machines does not hold up API calls. */
function oneByOne(signal: AbortSignal): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(() => delay(turnLength, undefined, { signal }))
    last.catch(() => undefined)
    return last
  }
}
