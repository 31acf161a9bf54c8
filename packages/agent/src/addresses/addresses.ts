import { createSocket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { isLinkLocal, isPublic } from './address-kinds.ts'
import type { Metadata } from './metadata/open-metadata.ts'

export interface AddressSources {
  readonly privateIp: string | undefined
  readonly publicIp: string | undefined
  readonly peerInterface: string | undefined
  /** The master's URL: the way to it shows which of our addresses others see. */
  readonly url: string
}

export interface Addresses {
  readonly privateIp: string | null
  readonly publicIp: string | null
}

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * The addresses of this host, by what it is told, by what its cloud says and by its interfaces; no third
 * party is asked. IPv6 counts only where the host has no IPv4 address, as the overlay of 1.5 knows no other.
 */
export async function findAddresses(
  sources: AddressSources,
  metadata: Metadata,
  interfaces: Interfaces = networkInterfaces(),
): Promise<Addresses> {
  const { privateIp, publicIp, peerInterface } = sources
  const own = outsideAddresses(interfaces)
  const isTold = privateIp !== undefined && publicIp !== undefined
  const cloud = isTold ? undefined : await metadata.read(own.join())
  const named = peerInterface === undefined ? [] : addressesOf(interfaces[peerInterface])
  return {
    privateIp:
      privateIp ??
      named[0] ??
      // A service that lies can only choose among what we have.
      cloud?.private.find((address) => own.includes(address)) ??
      (await likelyPrivate(sources.url, interfaces)) ??
      null,
    publicIp: publicIp ?? cloud?.public.find(isPublic) ?? own.find(isPublic) ?? null,
  }
}

/**
 * Where 1.5 looked; then what leads to the master, unless that is public and another one is not; then what
 * there is.
 */
async function likelyPrivate(url: string, interfaces: Interfaces): Promise<string | undefined> {
  const [second] = addressesOf(interfaces.eth1)
  if (second !== undefined) return second
  const own = outsideAddresses(interfaces)
  const towards = await addressTowards(new URL(url).hostname)
  const candidates = [towards, await addressTowards(somewhere), ...own]
    .filter((address) => address !== undefined)
    .filter((address) => own.includes(address))
  return candidates.find((address) => !isPublic(address)) ?? candidates[0]
}

/** Nobody's address (RFC 5737): the way there is the way to everywhere. */
const somewhere = '192.0.2.1'

function addressesOf(all: readonly NetworkInterfaceInfo[] | undefined): string[] {
  const outside = (all ?? []).filter(({ internal, address }) => !internal && !isLinkLocal(address))
  const found = outside.map(({ address }) => address)
  return found.some((address) => isIPv4(address)) ? found.filter((it) => isIPv4(it)) : found
}

/** In the order of the system; Docker's own bridges and tunnels lead nowhere outside. */
function outsideAddresses(interfaces: Interfaces): string[] {
  const outside = Object.entries(interfaces).filter(([name]) => !inside.test(name))
  const isUsual = ([name]: readonly [string, unknown]): boolean => /^(en|eth|wl)/.test(name)
  const found = [...outside.filter(isUsual), ...outside.filter((one) => !isUsual(one))].flatMap(
    ([, all]) => addressesOf(all),
  )
  return found.some((address) => isIPv4(address)) ? found.filter((it) => isIPv4(it)) : found
}

const inside = /^(docker|br-|veth|weave|virbr|cni|flannel|cali)/

/** Milliseconds for the name of the master; the rest needs none. */
const patience = 2_000

/** The source address of packets to there. Connecting a UDP socket asks the kernel and sends none. */
async function addressTowards(hostname: string): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  let limit: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      limit = setTimeout(() => reject(new Error('the name server is silent')), patience)
      socket.once('error', reject)
      socket.connect(443, host, (error?: Error) =>
        error === undefined ? resolve() : reject(error),
      )
    })
    return socket.address().address
  } catch {
    return undefined
  } finally {
    clearTimeout(limit)
    socket.close()
  }
}
