import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { poll } from '@kontena/core'
import { execa } from 'execa'
import { freePort } from './free-port.ts'
import { node } from './kontena.ts'
import type { Release } from './release.ts'
import type { Scratch } from './scratch.ts'

/** A master on this computer, with TLS and an authority of its own, which machines reach too. */
export interface Master {
  readonly url: string
  /** The first start logs the command in, which pins the authority. */
  start(release: Release, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Where a master and the command run. */
export interface Place {
  /** Words to put before a command so that it runs there. */
  readonly enter: readonly string[]
  /** Where machines reach what listens there. */
  readonly address: string
}

export async function openMaster(
  environment: Readonly<Record<string, string>>,
  { scratch, place }: { readonly scratch: Scratch; readonly place: Place },
): Promise<Master> {
  const port = String(await freePort())
  const url = `https://${place.address}:${port}`
  const words = [
    ...['master', 'start', '--host', '0.0.0.0', '--port', port, '--public-url', url],
    ...['--tls', '--login', '--data', join(scratch.folder, 'master')],
  ]
  const log = join(scratch.folder, 'master.log')
  let stop = async (): Promise<void> => undefined
  scratch.defer(() => stop())
  return {
    url,
    async start({ program }, signal) {
      const [file = node, ...rest] = [...place.enter, node, program, ...words]
      const running = execa(file, rest, {
        env: environment,
        stdin: 'ignore',
        all: true,
        stdout: { file: log, append: true },
        stderr: { file: log, append: true },
        reject: false,
      })
      const ended = running.then(() => 'ended' as const)
      stop = async () => {
        running.kill()
        await ended
      }
      const wait = { reason: `${url} to answer`, every: 500, timeout: 60_000, signal }
      await poll(wait, async () => {
        const [curl = '', ...asking] = [...place.enter, 'curl', '-skf', '-o', '/dev/null', url]
        const look = execa(curl, asking, { reject: false })
        const seen = await Promise.race([ended, look])
        if (seen === 'ended') throw new Error(`the master ended:\n${readFileSync(log, 'utf8')}`)
        return seen.exitCode === 0 || undefined
      })
    },
    stop: () => stop(),
  }
}

/**
 * This computer, at an address besides its loopback. Processes on it reach the master there, and so do
 * machines on qemu's user network, whose connections leave as this computer's own.
 */
export function thisComputer(): Place {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? [])
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (own === undefined) throw new Error('this computer has no address but its loopback')
  return { enter: [], address: own.address }
}
