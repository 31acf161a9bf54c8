import { vi } from 'vitest'
import { readIpv4, tcp } from '../../src/vm/network/frame.ts'
import { gatewayMac } from '../../src/vm/network/switch.ts'
import type { Started } from './fake-qemu.ts'
import { ethernet, holdCable, packetOf } from './network/wired-guest.ts'

const patience = { timeout: 10_000, interval: 20 }

/** What a machine that the fake stands for sees: its tables, its interfaces and its metadata service. */
export async function guestOf(starts: () => readonly Started[], from: string) {
  const argv = await vi.waitFor(() => {
    const [start] = starts()
    if (start === undefined) throw new Error('no machine was started yet')
    return start.argv
  }, patience)
  const words = argv.join(' ')
  const socketOf = (id: string) =>
    new RegExp(`id=${id},server=off,addr.type=unix,addr.path=(\\S+)`).exec(words)?.[1] ?? ''
  const cable = await holdCable(socketOf('nic0'))
  const way = await holdCable(socketOf('way-out'))
  /** Where a request to port 80 of an address in the cloud ends on this computer. */
  const portFor = async (to: string) => {
    const packet = packetOf({ from, to, protocol: tcp, ports: [50_000, 80] })
    cable.send(ethernet(gatewayMac, '02:00:00:00:00:01', packet))
    const port = readIpv4(await way.next())?.segment?.readUInt16BE(2)
    return port ?? 0
  }
  return {
    words,
    tables: argv.filter((_, index) => argv[index - 1] === '-smbios'),
    macs: [...words.matchAll(/mac=([0-9a-f:]{17})/g)].map(([, mac]) => mac),
    seed: /file=(\S+),if=ide,media=cdrom/.exec(words)?.[1],
    async request(url: string, init: RequestInit = {}) {
      const { hostname, pathname, search } = new URL(url)
      const port = await portFor(hostname)
      return await fetch(`http://127.0.0.1:${port}${pathname}${search}`, init)
    },
  }
}
