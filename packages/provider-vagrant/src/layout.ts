import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Owner } from '@kontena/core'

/**
 * Where things are in the provider's folder. A grid's folder carries a part of a hash, as names of grids may
 * differ in case only, and two masters may each have a grid of one name.
 */
export function layoutOf(folder: string) {
  return {
    folder,
    /** Who this computer is, as node records have it. */
    account: join(folder, 'account.json'),
    /** Machines take turns with it; see the Vagrantfile. */
    lock: join(folder, 'lock'),
    addresses: join(folder, 'addresses'),
    /** Holds a folder for each grid, and in it one for each node. */
    grids: join(folder, 'nodes'),
    /** Holds a folder for each master. */
    masters: join(folder, 'masters'),
    master: (name: string) => join(folder, 'masters', name),
    grid: (owner: Owner) => join(folder, 'nodes', gridWord(owner)),
    machine: (owner: Owner, node: string) => join(folder, 'nodes', gridWord(owner), node),
  }
}
export type Layout = ReturnType<typeof layoutOf>

/** A grid in names of folders and VMs. */
export function gridWord({ master, grid }: Owner): string {
  const safe = grid.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-')
  const hash = createHash('sha256').update(`${master}\n${grid}`).digest('hex')
  return `${safe.slice(0, 40)}-${hash.slice(0, 8)}`
}

/** The files of one machine. */
export function filesOf(folder: string) {
  return {
    record: join(folder, 'machine.json'),
    /** Which process starts it, or that it was started. */
    start: join(folder, 'start.json'),
    log: join(folder, 'vagrant.log'),
    vagrantfile: join(folder, 'Vagrantfile'),
    userData: join(folder, 'user-data'),
    metaData: join(folder, 'meta-data'),
    provision: join(folder, 'provision'),
  }
}
