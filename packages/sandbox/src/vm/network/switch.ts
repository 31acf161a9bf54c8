import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseIpv4 } from '../../ipv4.ts'
import type { Guest, GuestInterface } from '../guest.ts'
import { arpReply, readArpRequest } from './arp.ts'
import { type Cable, openCable } from './cable.ts'
import { answerDhcp, serverPort } from './dhcp.ts'
import {
  address,
  arpType,
  destinationOf,
  type Ipv4Packet,
  ipv4Type,
  readIpv4,
  tcp,
  typeOf,
  udp,
} from './frame.ts'
import { hostAddress, resolverAddress } from './host-side.ts'
import { openDisguise, openTranslation, type Target, type Translation } from './translation.ts'

/** The networks of all simulated clouds. Gives machines their addresses and carries their packets. */
export interface Switch {
  /** @param metadataPort loopback port at which this machine's metadata service listens */
  plugIn(guest: Guest, metadataPort: number): Promise<Plug>
}

/** A machine's cables, as paths of the sockets that qemu connects to. */
export interface Plug {
  /** One for each interface, in their order. */
  readonly interfaces: readonly string[]
  /** To qemu's own network, which leads out of this computer and to its loopback. */
  readonly outside: string
  close(): Promise<void>
}

/** Stands for every gateway, and for whatever else a machine believes to be on its network. */
export const gatewayMac = '02:00:5e:00:00:01'

const mostLearned = 64

interface Port {
  readonly interface: GuestInterface
  /** Undefined on an interface without IPv4. */
  readonly address: number | undefined
  readonly machine: Attached
  readonly cable: Cable
}

interface Attached {
  readonly guest: Guest
  readonly translation: Translation
  readonly disguise: Translation
  readonly ports: Port[]
  /** Addresses that packets came from: a system may give itself others than the cloud gave, link-local ones. */
  readonly learned: Map<number, Port>
  sendOut(frame: Buffer): void
}

/** @param folder where the sockets are made; short, as such paths have about a hundred characters */
export function openSwitch(folder: string): Switch {
  const ports = new Set<Port>()
  let count = 0
  return {
    async plugIn(guest, metadataPort) {
      await mkdir(folder, { recursive: true })
      count += 1
      const name = join(folder, String(count))
      const machine: Attached = {
        guest,
        translation: openTranslation(redirectFor(guest, metadataPort)),
        disguise: openDisguise(hostAddress),
        ports: [],
        learned: new Map(),
        sendOut: (frame) => out.send(frame),
      }
      const out = await openCable(`${name}o`, (frame) => fromOutside(machine, frame))
      for (const [index, one] of guest.interfaces.entries()) {
        const port: Port = {
          interface: one,
          address: one.address === undefined ? undefined : parseIpv4(one.address),
          machine,
          cable: await openCable(`${name}i${index}`, (frame) => fromMachine(port, frame, ports)),
        }
        machine.ports.push(port)
        ports.add(port)
      }
      return {
        interfaces: machine.ports.map(({ cable }) => cable.path),
        outside: out.path,
        async close() {
          out.close()
          for (const port of machine.ports) {
            port.cable.close()
            ports.delete(port)
          }
          const paths = [out, ...machine.ports.map(({ cable }) => cable)].map(({ path }) => path)
          await Promise.all(paths.map((path) => rm(path, { force: true })))
        },
      }
    },
  }
}

/** The metadata service and the cloud's name servers are on this computer. */
function redirectFor(guest: Guest, metadataPort: number) {
  const metadata = new Set(guest.metadataAddresses.map(parseIpv4))
  const nameServers = new Set(guest.nameServers.map(parseIpv4))
  return ({ address, port }: Target, protocol: number): Target | undefined => {
    if (port === 80 && protocol === tcp && metadata.has(address)) {
      return { address: hostAddress, port: metadataPort }
    }
    if (port === 53 && nameServers.has(address)) return { address: resolverAddress, port }
    return undefined
  }
}

function fromMachine(port: Port, frame: Buffer, ports: ReadonlySet<Port>): void {
  const type = typeOf(frame)
  if (type === arpType) answerArp(port, frame, ports)
  const packet = type === ipv4Type ? readIpv4(frame) : undefined
  if (packet === undefined) return
  if (isForDhcp(packet)) giveLease(port, packet)
  else carry(port, frame, { packet, ports })
}

interface Carried {
  readonly packet: Ipv4Packet
  readonly ports: ReadonlySet<Port>
}

/** To the machine that has the address, else out of this computer. */
function carry(port: Port, frame: Buffer, { packet, ports }: Carried): void {
  // Multicast and broadcast go nowhere, as in the clouds.
  if (packet.destination >= 0xe0000000) return
  const peer = peerAt(packet.destination, port, ports)
  if (peer !== undefined) {
    const isRouted = destinationOf(frame) === gatewayMac
    const sender = isRouted ? gatewayMac : port.interface.mac
    peer.cable.send(address(frame, peer.interface.mac, sender))
    return
  }
  learn(packet.source, port)
  if (packet.destination === hostAddress) port.machine.disguise.outward(packet)
  else port.machine.translation.outward(packet)
  port.machine.sendOut(frame)
}

function isForDhcp({ protocol, segment }: Ipv4Packet): boolean {
  return protocol === udp && segment?.readUInt16BE(2) === serverPort
}

function giveLease(port: Port, packet: Ipv4Packet): void {
  const { mac, address: own, prefix, gateway } = port.interface
  if (own === undefined) return
  const { nameServers, dhcpOptions: options = new Map() } = port.machine.guest
  const lease = { mac, address: own, prefix, gateway, nameServers, options }
  const reply = answerDhcp(packet, lease, gatewayMac)
  if (reply !== undefined) port.cable.send(reply)
}

function answerArp(port: Port, frame: Buffer, ports: ReadonlySet<Port>): void {
  const request = readArpRequest(frame)
  if (request === undefined || request.wanted === port.address) return
  const peer = peerAt(request.wanted, port, ports)
  const mac = peer?.interface.mac ?? (isNobody(request.wanted, port) ? undefined : gatewayMac)
  if (mac !== undefined) port.cable.send(arpReply(request, mac))
}

function peerAt(wanted: number, port: Port, ports: ReadonlySet<Port>): Port | undefined {
  for (const other of ports) {
    const isInNetwork = other.interface.network === port.interface.network
    if (isInNetwork && other.address === wanted && other !== port) return other
  }
  return undefined
}

/** Whether an address belongs to the interface's own network and nothing has it. */
function isNobody(wanted: number, { interface: { address: own, prefix, gateway } }: Port): boolean {
  if (own === undefined) return true
  const size = 2 ** (32 - prefix)
  const isHere = Math.floor(wanted / size) === Math.floor(parseIpv4(own) / size)
  const isGateway = gateway !== undefined && wanted === parseIpv4(gateway)
  return isHere && !isGateway && wanted !== hostAddress
}

/** What comes from qemu's own network is for one of the machine's addresses. */
function fromOutside(machine: Attached, frame: Buffer): void {
  const type = typeOf(frame)
  if (type === arpType) {
    const request = readArpRequest(frame)
    // Whose address it is makes no difference there: everything comes back to this machine.
    if (request !== undefined && portOf(request.wanted, machine) !== undefined) {
      machine.sendOut(arpReply(request, gatewayMac))
    }
    return
  }
  const packet = type === ipv4Type ? readIpv4(frame) : undefined
  if (packet === undefined) return
  if (machine.ports.some((one) => one.address === packet.source)) machine.disguise.inward(packet)
  else machine.translation.inward(packet)
  const port = portOf(packet.destination, machine)
  port?.cable.send(address(frame, port.interface.mac, gatewayMac))
}

function portOf(wanted: number, { ports, learned }: Attached): Port | undefined {
  return ports.find((one) => one.address === wanted) ?? learned.get(wanted)
}

function learn(source: number, port: Port): void {
  const { ports, learned } = port.machine
  if (learned.has(source) || ports.some((one) => one.address === source)) return
  const [oldest] = learned.keys()
  if (learned.size >= mostLearned && oldest !== undefined) learned.delete(oldest)
  learned.set(source, port)
}
