import { createSocket } from 'node:dgram'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

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

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * The addresses of this host, as far as it knows them itself; no third party is asked. A private
 * one is that of the named interface, of `eth1` (where 1.5 looked), or of the way to the master. A
 * public one is there only where an interface has it.
 */
export async function findAddresses(
  sources: AddressSources,
  interfaces: Interfaces = networkInterfaces(),
): Promise<Addresses> {
  return {
    privateIp:
      sources.privateIp ??
      addressesOf(interfaces[sources.peerInterface ?? 'eth1'])[0] ??
      (await addressTowards(sources.url)) ??
      outsideAddresses(interfaces)[0] ??
      null,
    publicIp: sources.publicIp ?? outsideAddresses(interfaces).find(isPublic) ?? null,
  }
}

function addressesOf(all: readonly NetworkInterfaceInfo[] | undefined): string[] {
  return (all ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** Docker's own bridges lead nowhere outside. */
function outsideAddresses(interfaces: Interfaces): string[] {
  return Object.entries(interfaces).flatMap(([name, all]) =>
    /^(docker|br-|veth|weave)/.test(name) ? [] : addressesOf(all),
  )
}

/** The source address of packets to the master. Connecting a UDP socket asks the kernel and sends none. */
async function addressTowards(url: string): Promise<string | undefined> {
  const hostname = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(443, hostname, (error?: Error) =>
        error === undefined ? resolve() : reject(error),
      )
    })
    const { address } = socket.address()
    return address.startsWith('127.') ? undefined : address
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

const reserved =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2(?:2[4-9]|[345]\d))\./

function isPublic(address: string): boolean {
  return !reserved.test(address)
}
