import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openNetworkTraffic } from '../../src/host/network-traffic.ts'
import { makeFolder } from '../folder.ts'

const head = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`

/** Received and sent bytes of interfaces, as `/proc/net/dev` has them. */
function writeProc(proc: string, bytes: Record<string, readonly [number, number]>): void {
  mkdirSync(join(proc, 'net'), { recursive: true })
  const lines = Object.entries(bytes).map(
    ([name, [received, sent]]) =>
      `${name.padStart(6)}: ${String(received).padStart(8)} 9 0 0 0 0 0 0 ${sent} 7 0 0 0 0 0 0\n`,
  )
  writeFileSync(join(proc, 'net/dev'), head + lines.join(''))
}

function openHost() {
  const proc = makeFolder()
  let now = 100
  const take = openNetworkTraffic(proc, () => now)
  return {
    take,
    write: (bytes: Record<string, readonly [number, number]>) => writeProc(proc, bytes),
    pass: (seconds: number) => {
      now += seconds
    },
  }
}

describe('openNetworkTraffic', () => {
  it('counts what leads outside, and the overlay between nodes apart from it', async () => {
    const { take, write } = openHost()
    write({
      lo: [1, 1],
      ens5: [1000, 2000],
      eth1: [10, 20],
      'eth1.7': [9, 9],
      docker0: [5, 5],
      'br-12': [5, 5],
      veth1a: [5, 5],
      weave: [300, 400],
    })

    expect(await take()).toEqual({
      external: {
        interfaces: ['ens5', 'eth1'],
        rx_bytes: 1010,
        rx_bytes_per_second: 0,
        tx_bytes: 2020,
        tx_bytes_per_second: 0,
      },
      internal: {
        interfaces: ['weave'],
        rx_bytes: 300,
        rx_bytes_per_second: 0,
        tx_bytes: 400,
        tx_bytes_per_second: 0,
      },
    })
  })

  it('counts each second since the sample before', async () => {
    const { take, write, pass } = openHost()
    write({ ens5: [1000, 2000] })
    await take()
    pass(60)
    write({ ens5: [7000, 2030], ens6: [1_000_000, 0] })

    expect((await take()).external).toMatchObject({
      rx_bytes: 1_007_000,
      rx_bytes_per_second: 100,
      tx_bytes_per_second: 1,
    })
  })

  it('takes no counter that began anew for a loss, and no time that did not pass', async () => {
    const { take, write, pass } = openHost()
    write({ ens5: [1000, 2000] })
    await take()
    write({ ens5: [9000, 9000] })
    expect((await take()).external.rx_bytes_per_second).toBe(0)
    pass(10)
    write({ ens5: [5, 9100] })

    expect((await take()).external).toMatchObject({
      rx_bytes_per_second: 0,
      tx_bytes_per_second: 10,
    })
  })

  it('counts nothing where there is no such file', async () => {
    const { external } = await openNetworkTraffic('/nowhere')()

    expect(external).toMatchObject({ interfaces: [], rx_bytes: 0, tx_bytes_per_second: 0 })
  })
})
