import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { BlockList, isIPv4 } from 'node:net'
import { join } from 'node:path'
import { fileFailure, makePrivateFolder, ProvisionError } from '@kontena/core'

/** VirtualBox 6.1.28 and later admit no other host-only networks, unless /etc/vbox/networks.conf says so. */
const hostOnlyRange = '192.168.56.0/21'
/** Where machines without a given address begin; below it people put theirs by hand. */
export const usualFirst = '192.168.56.10'

const hostOnly = new BlockList()
hostOnly.addSubnet('192.168.56.0', 21, 'ipv4')

function isHostOnly(address: string): boolean {
  return hostOnly.check(address, 'ipv4')
}

/** Throws `BAD_OPTIONS` for an address that no machine of this provider can have. */
export function checkAddress(address: string, provider: string): void {
  const problem = !isIPv4(address)
    ? 'is no IPv4 address'
    : isReserved(toNumber(address))
      ? "is the network's own, this computer's, or the broadcast address"
      : provider === 'virtualbox' && !isHostOnly(address)
        ? `is outside ${hostOnlyRange}, which is all that VirtualBox admits`
        : undefined
  if (problem === undefined) return
  throw new ProvisionError('BAD_OPTIONS', `--network-address ${address} ${problem}`, {
    hint: `give an address such as ${usualFirst}, or leave it out`,
  })
}

export interface AddressRequest {
  /** Folder that remembers who has which. */
  readonly folder: string
  readonly first: string
  readonly provider: string
  /** Id of the machine that gets it. */
  readonly id: string
  /** Whether a machine of that id is there; the address of one that is not is free again. */
  isThere(id: string): boolean
}

/**
 * Gives a machine the first free address from `first` on. Each address is a file, made for one machine at a
 * time, so that commands that run at once share none. Throws `QUOTA_EXCEEDED` where none is left.
 */
export function takeAddress(request: AddressRequest): string {
  const { folder, first, provider, id } = request
  makePrivateFolder(folder)
  const held = holders(folder)
  for (let number = toNumber(first); ; number += 1) {
    const address = toAddress(number)
    if (number > toNumber(first) + 2048 || !isPossible(address, provider)) break
    const holder = held.get(address)
    if (holder === id) return address
    if (isReserved(number)) continue
    if (holder !== undefined && request.isThere(holder)) continue
    if (holder !== undefined) rmSync(join(folder, address), { force: true })
    if (claim(join(folder, address), id)) return address
  }
  throw new ProvisionError('QUOTA_EXCEEDED', `no address is left from ${first} on`, {
    hint: 'give an earlier --network-address, or take machines away',
  })
}

/** Frees what the machine has. */
export function freeAddresses(folder: string, id: string): void {
  for (const [address, holder] of holders(folder)) {
    if (holder === id) rmSync(join(folder, address), { force: true })
  }
}

function holders(folder: string): Map<string, string> {
  try {
    return new Map(
      readdirSync(folder)
        .filter(isIPv4)
        .map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()]),
    )
  } catch {
    return new Map()
  }
}

function claim(path: string, id: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      writeSync(file, `${id}\n`)
    } finally {
      closeSync(file)
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw fileFailure(path, error)
  }
}

function isPossible(address: string, provider: string): boolean {
  return provider !== 'virtualbox' || isHostOnly(address)
}

/** The host has the first address of each /24; the ends are no machine's. */
function isReserved(number: number): boolean {
  const last = number % 256
  return last === 0 || last === 1 || last === 255
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
