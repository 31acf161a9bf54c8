import { createHash } from 'node:crypto'
import type { Owner } from '@kontena/core'

/** A virtual network's name is the shortest that Azure takes of all we make. */
const longestShared = 64
/** A Linux machine's resource name (Compute API). */
const longestMachine = 64

/**
 * One name for all that a grid's machines share in a location: resource group, network, firewall. Grids
 * of two masters may have the same name, and a given resource group may hold nodes of two locations.
 */
export function sharedName({ grid, master }: Owner, location: string): string {
  const end = `-${master.slice(0, 8)}-${location}`
  return `${fit(`kontena-${grid}`, longestShared - end.length)}${end}`
}

/**
 * Name of a machine as a resource. It ends in what is the call's own, so that a name that was taken down
 * and made again is another machine. Its host name is the node's.
 */
export function machineName(node: string, token: string): string {
  const end = `-${digest(`${token}/${node}`, 10)}`
  return `${fit(node, longestMachine - end.length)}${end}`
}

/** What comes with a machine is named after it, so that it is found when the machine is not there. */
export const partNames = {
  nic: (machine: string): string => `${machine}-nic`,
  address: (machine: string): string => `${machine}-ip`,
  disk: (machine: string): string => `${machine}-disk`,
} as const

/** The machine that a part belongs to, by its name. */
export function machineOfPart(part: string): string | undefined {
  return /^(.+-[0-9a-f]{10})-(?:nic|ip|disk)$/i.exec(part)?.[1]?.toLowerCase()
}

/** Deployment of a call: 64 characters of `[-\w._()]` at most, which a token has already. */
export function deploymentName(token: string): string {
  return /^[\w.()-]{1,56}$/.test(token) ? `kontena-${token}` : `kontena-${digest(token, 40)}`
}

/** Azure tells names apart without their case, so that one with capitals needs a mark. */
function fit(text: string, length: number): string {
  const name = text.toLowerCase().replace(/[^a-z0-9-]/g, '-')
  if (name === text && name.length <= length) return name
  return `${name.slice(0, length - 7).replace(/-+$/, '')}-${digest(text, 6)}`
}

/** So many hexadecimal digits that stand for a text. */
export function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}
