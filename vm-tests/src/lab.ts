import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { poll } from '@kontena/core'
import { type Kontena, openKontena } from './kontena.ts'
import { type Master, openMaster, type Place, thisComputer } from './master.ts'
import { makeRelease, type Release } from './release.ts'
import { openScratch, type Scratch } from './scratch.ts'
import { makeSshKey, type SshKey } from './ssh-key.ts'

/** What every file of proofs starts from: a master, a grid, the command logged in, and a person's SSH key. */
export interface Lab {
  readonly scratch: Scratch
  readonly key: SshKey
  readonly release: Release
  readonly master: Master
  readonly kontena: Kontena
  readonly grid: string
  /** The command with further variables in its environment. */
  withEnvironment(more: Readonly<Record<string, string>>): Kontena
}

/** @param findPlace where the master and the command are to run, if not simply on this computer */
export async function openLab(
  signal: AbortSignal,
  findPlace: (scratch: Scratch) => Promise<Place> = async () => thisComputer(),
): Promise<Lab> {
  const scratch = openScratch()
  try {
    return await furnish(scratch, await findPlace(scratch), signal)
  } catch (error) {
    await scratch.close()
    throw error
  }
}

async function furnish(scratch: Scratch, place: Place, signal: AbortSignal): Promise<Lab> {
  const home = join(scratch.folder, 'home')
  mkdirSync(home)
  const environment = {
    HOME: home,
    KONTENA_HOME: join(home, '.kontena'),
    KONTENA_CONFIG: join(home, '.kontena_client.json'),
  }
  const release = makeRelease(join(scratch.folder, 'release'))
  const master = await openMaster(environment, { scratch, place })
  await master.start(release, signal)
  // It answers a moment before it has logged the command in, which is written at one stroke.
  const wait = { reason: 'the first login', every: 200, timeout: 60_000, signal }
  await poll(wait, async () => existsSync(environment.KONTENA_CONFIG) || undefined)
  const kontena = openKontena(release, environment, place.enter)
  const grid = 'proof'
  await kontena.run(['grid', 'create', grid, '--initial-size', '1'], signal)
  return {
    scratch,
    key: await makeSshKey(scratch.folder),
    release,
    master,
    kontena,
    grid,
    withEnvironment: (more) => openKontena(release, { ...environment, ...more }, place.enter),
  }
}
