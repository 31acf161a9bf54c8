import type { Layout } from './layout.ts'
import { listMachines } from './machine-folders.ts'
import { isMaster } from './masters/master-folders.ts'

/** Whether whoever took an address is still there, be it a node's machine or a master's. */
export function isThere(layout: Layout, holder: string): boolean {
  return isMaster(layout, holder) || listMachines(layout).some(({ record }) => record.id === holder)
}
