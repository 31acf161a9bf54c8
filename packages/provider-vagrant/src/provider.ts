import { type OpenProvider, once } from '@kontena/core'
import { readAccount } from './account.ts'
import { ensureBox } from './boxes.ts'
import { findMachines } from './find.ts'
import { launchMachine } from './launch.ts'
import { filesOf, layoutOf } from './layout.ts'
import { findLogin } from './login.ts'
import { listMachines } from './machine-folders.ts'
import type { StateMemory } from './machine-state.ts'
import type { VagrantAccess, VagrantMachineOptions } from './options.ts'
import { restartMachines, startMachines, stopMachines } from './power.ts'
import { checkOrder, findMeans } from './preflight.ts'
import { type Told, terminateMachines } from './terminate.ts'
import { readLog } from './up-log.ts'

/** Lines of the console that are kept for a person to read. */
const consoleLines = 100

/** Opens this computer; runs nothing, and fails for nothing before it is asked something. */
export const openVagrant: OpenProvider<VagrantAccess, VagrantMachineOptions> = ({
  access,
  machine,
  folder,
  owner,
}) => {
  const layout = layoutOf(folder)
  const told: Told = new Map()
  const memory: StateMemory = new Map()
  const changing = (work: Promise<void>): Promise<void> => work.finally(() => memory.clear())
  const means = once((call) => findMeans(layout, wanted(machine), call))

  return {
    account: async ({ signal }) => {
      signal.throwIfAborted()
      const region = access.region ?? (owner === undefined ? 'local' : `${owner.grid}-local`)
      // What machines reach of this computer is its addresses, not its loopback.
      return { id: readAccount(layout.account), region, local: false }
    },
    preflight: async (order, call) => {
      const options = wanted(machine)
      return await checkOrder({ layout, options, means: await means(call) }, order, call)
    },
    zones: async ({ signal }) => {
      signal.throwIfAborted()
      return [{ name: wanted(machine).az }]
    },
    prepare: async (_, call) => {
      const { box, provider } = await means(call)
      await ensureBox(box, provider, { folder, signal: call.signal })
      // Machines of other grids have their addresses there too, so agents name the peers.
      return { shared: {}, network: [] }
    },
    create: async (batch, call) => {
      const { box, provider } = await means(call)
      return await launchMachine({ layout, options: wanted(machine), box, provider }, batch, call)
    },
    find: (query, call) => findMachines({ layout, memory }, query, call),
    terminate: (ids, call) => changing(terminateMachines({ layout, told }, ids, call)),
    // Boxes are Vagrant's, and of use to the next; the network goes with its last machine.
    removeShared: async (_, { signal }) => {
      signal.throwIfAborted()
      return []
    },
    restart: (ids, call) => changing(restartMachines(layout, ids, call)),
    start: (ids, call) => changing(startMachines(layout, ids, call)),
    stop: (ids, call) => changing(stopMachines(layout, ids, call)),
    login: (id, call) => findLogin(layout, id, call),
    consoleLog: async (id, { signal }) => {
      signal.throwIfAborted()
      const known = listMachines(layout).find(({ record }) => record.id === id)
      const lines = known === undefined ? [] : readLog(filesOf(known.path).log, consoleLines)
      return lines.length === 0 ? undefined : lines.join('\n')
    },
  }
}

function wanted(options: VagrantMachineOptions | undefined): VagrantMachineOptions {
  if (options === undefined) throw new Error('machines were asked for without their options')
  return options
}
