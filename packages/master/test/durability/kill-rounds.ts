import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMasterClient } from '@kontena/protocol'
import { openDatabaseFile } from '../../src/store/sqlite/database-file.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { observe } from './observe.ts'
import { randomOf } from './random.ts'
import { end, type ServedMaster, serveMaster, spawnMaster } from './served-master.ts'
import { writeUntilKilled } from './writers.ts'

export interface KillOptions {
  readonly dataDir: string
  readonly rounds: number
  readonly seed: number
}

export interface KillFigures {
  /** Kills of a master that was writing, and of one that was only starting. */
  readonly writing: number
  readonly starting: number
  /** Changes that were acknowledged. */
  readonly acknowledged: number
  /** What was not found as it was acknowledged. */
  readonly lost: readonly string[]
  /** Rounds after which the database on the disk was not whole. */
  readonly damaged: readonly number[]
}

/** Every seventh master is killed while it starts. */
const startingEvery = 7
/** By when it happens: changes that were acknowledged before, and then milliseconds; or those of a start. */
const latest = { changes: 40, milliseconds: 10, starting: 800 }

/**
 * Kills masters over one directory with SIGKILL at random moments while all kinds of clients write, and
 * looks each time whether all that was acknowledged is there.
 */
export async function killRounds({ dataDir, rounds, seed }: KillOptions): Promise<KillFigures> {
  const random = randomOf(seed)
  const ledgers: Ledger[] = []
  const lost: string[] = []
  const damaged: number[] = []
  let starting = 0
  let master: ServedMaster = await serveMaster(dataDir)
  try {
    const { url, code } = master
    const { access_token: token } = await openMasterClient({ url, version: '2.0.0' }).login(code)
    for (let round = 0; round < rounds; round += 1) {
      const ledger = openLedger()
      ledgers.push(ledger)
      const grid = `grid-${round}`
      const writing = writeUntilKilled({ url: master.url, token, ledger, grid, random })
      await Promise.race([writing, ledger.reaches(Math.floor(random() * latest.changes))])
      await sleep(random() * latest.milliseconds)
      await master.kill('SIGKILL')
      await writing
      if (!isWhole(dataDir)) damaged.push(round)
      if (round % startingEvery === startingEvery - 1) {
        starting += 1
        await killStarting(dataDir, random() * latest.starting)
        if (!isWhole(dataDir)) damaged.push(round)
      }
      master = await serveMaster(dataDir)
      lost.push(...ledger.compare(await observe({ url: master.url, token }, ledger)))
    }
    for (const ledger of ledgers) {
      lost.push(...ledger.compare(await observe({ url: master.url, token }, ledger)))
    }
  } finally {
    await end(master.process)
  }
  const acknowledged = ledgers.reduce((sum, ledger) => sum + ledger.acknowledged, 0)
  return { writing: rounds, starting, acknowledged, lost, damaged }
}

async function killStarting(dataDir: string, after: number): Promise<void> {
  const child = spawnMaster(dataDir)
  await sleep(after)
  await end(child)
}

/** Whether SQLite finds the database whole, in a copy, so that the next master finds what the last one left. */
export function isWhole(dataDir: string): boolean {
  const copy = join(dataDir, 'copy')
  mkdirSync(copy)
  try {
    for (const name of ['master.sqlite', 'master.sqlite-wal']) {
      if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(copy, name))
    }
    const database = openDatabaseFile(join(copy, 'master.sqlite'))
    try {
      return database.isWhole()
    } finally {
      database.close()
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
}
