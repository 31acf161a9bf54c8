import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NetworkTraffic } from '@kontena/protocol'

interface Counter {
  readonly name: string
  readonly received: number
  readonly sent: number
}

/**
 * Takes samples of what went over the overlay between nodes, `internal`, and over what leads outside.
 * `seconds` are of a clock that never jumps.
 */
export function openNetworkTraffic(
  proc: string,
  seconds = () => performance.now() / 1000,
): () => Promise<NetworkTraffic> {
  let before: { readonly at: number; readonly counters: readonly Counter[] } | undefined
  return async () => {
    const now = { at: seconds(), counters: await readCounters(proc) }
    const passed = before === undefined ? 0 : now.at - before.at
    const traffic = (isMeant: (name: string) => boolean): NetworkTraffic['internal'] =>
      sum(now.counters.filter(isNamed(isMeant)), before?.counters ?? [], passed)
    const sample = { internal: traffic(isOverlay), external: traffic(leadsOutside) }
    before = now
    return sample
  }
}

function isNamed(isMeant: (name: string) => boolean) {
  return ({ name }: Counter): boolean => isMeant(name)
}

function isOverlay(name: string): boolean {
  return name === 'weave'
}

/** Bridges, tunnels, bonds, VLANs and the ends of containers carry what goes over another interface too. */
function leadsOutside(name: string): boolean {
  return !virtual.test(name) && !name.includes('.')
}

const virtual =
  /^(lo$|docker|br|veth|weave|virbr|vnet|tun|tap|wg|cni|flannel|cali|bond|team|dummy|ifb|vxlan|datapath)/

/** An interface that is new, or counts from nothing again, says nothing about a second. */
function sum(
  counters: readonly Counter[],
  before: readonly Counter[],
  passed: number,
): NetworkTraffic['internal'] {
  const total = (kind: 'received' | 'sent'): number =>
    counters.reduce((bytes, counter) => bytes + counter[kind], 0)
  const perSecond = (kind: 'received' | 'sent'): number => {
    if (passed <= 0) return 0
    const grown = counters.map((counter) => {
      const last = before.find(({ name }) => name === counter.name)
      return last === undefined ? 0 : Math.max(0, counter[kind] - last[kind])
    })
    return Math.round(grown.reduce((bytes, more) => bytes + more, 0) / passed)
  }
  return {
    interfaces: counters.map(({ name }) => name),
    rx_bytes: total('received'),
    rx_bytes_per_second: perSecond('received'),
    tx_bytes: total('sent'),
    tx_bytes_per_second: perSecond('sent'),
  }
}

/** proc(5), `/proc/net/dev`: after the name eight fields of what came, bytes first, and eight of what went. */
async function readCounters(proc: string): Promise<Counter[]> {
  const text = await readFile(join(proc, 'net/dev'), 'utf8').catch(() => '')
  return [...text.matchAll(/^ *([^\s:]+): *(\d.*)$/gm)].map(([, name = '', fields = '']) => {
    const numbers = fields.trim().split(/ +/).map(Number)
    return { name, received: numbers[0] ?? 0, sent: numbers[8] ?? 0 }
  })
}
