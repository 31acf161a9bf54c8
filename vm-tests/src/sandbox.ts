import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { z } from 'zod'
import type { ChosenImage } from './choose-image.ts'
import { node } from './kontena.ts'
import type { Lab } from './lab.ts'
import { searchPath } from './requirements.ts'

const started = z.object({ environment: z.record(z.string(), z.string()) })

/** All public addresses of the simulated clouds. They are for tests of networks, and nobody's (RFC 2544). */
const publicAddresses = '198.18.0.0/15'

/**
 * Starts the simulated clouds with machines that boot, by the command. Gives the variables with which
 * other commands reach them. They end with the lab.
 */
export async function startSandbox(
  { scratch, release, kontena }: Lab,
  { disk }: ChosenImage,
): Promise<Readonly<Record<string, string>>> {
  await takeAddresses()
  scratch.defer(giveAddressesBack)
  const words = ['sandbox', 'start', '--boot', 'vm', '--image', disk, '--json']
  const size = ['--memory', '2048', '--cpus', '2', '--boot-time', '1s']
  const running = execa(node, [release.program, ...words, ...size], {
    env: { ...kontena.environment, PATH: searchPath },
    stdin: 'ignore',
    reject: false,
    buffer: false,
    forceKillAfterDelay: 30_000,
  })
  running.stderr.pipe(createWriteStream(join(scratch.folder, 'sandbox.log')))
  scratch.defer(async () => {
    running.kill()
    await running
  })
  const lines = createInterface({ input: running.stdout })
  const ended = running.then(({ exitCode }) => {
    throw new Error(`kontena sandbox start ended with ${exitCode}`)
  })
  const [line] = await Promise.race([once(lines, 'line'), ended])
  return started.parse(JSON.parse(String(line))).environment
}

/** Machines are reached at their public addresses once this computer takes them for its own. */
async function takeAddresses(): Promise<void> {
  await route('replace')
}

async function giveAddressesBack(): Promise<void> {
  await route('del')
}

async function route(verb: 'replace' | 'del'): Promise<void> {
  const env = { PATH: searchPath }
  await execa('ip', ['route', verb, 'local', publicAddresses, 'dev', 'lo'], { env })
}
