import { type Call, type Machine, type MachineQuery, severalAtOnce } from '@kontena/core'
import { toMachine } from './launch.ts'
import type { Layout } from './layout.ts'
import { listMachines, type MachineFolder } from './machine-folders.ts'
import { readState, type StateMemory } from './machine-state.ts'

/** Each look at a state is a Ruby that starts. */
const looksAtOnce = 4

/** All that their folders and Vagrant tell of machines. */
export async function findMachines(
  { layout, memory }: { layout: Layout; memory: StateMemory },
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  call.signal.throwIfAborted()
  const folders = selectFolders(layout, query)
  const looks = await severalAtOnce(folders, looksAtOnce, async (folder): Promise<Machine> => {
    const { state, reason } = await readState(folder, call, memory)
    return { ...toMachine(folder.record), state, reason }
  })
  call.signal.throwIfAborted()
  return looks.map((look) => {
    if (look.status === 'rejected') throw look.reason
    return look.value
  })
}

function selectFolders(layout: Layout, query: MachineQuery): MachineFolder[] {
  if ('ids' in query) {
    const ids = new Set(query.ids)
    return listMachines(layout).filter(({ record }) => ids.has(record.id))
  }
  const { owner, order } = query
  const all = listMachines(layout, owner)
  return order === undefined ? all : all.filter(({ record }) => record.order === order)
}
