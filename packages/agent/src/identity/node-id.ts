import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { reasonOf } from '../reason-of.ts'
import { replaceFile } from '../update/durable-file.ts'
import { type KeptId, keptText, readKept } from './kept-id.ts'
import { areOtherMachines, type MachineFacts, readMachineFacts } from './machine-facts.ts'

export interface NodeIdSources {
  /** From the environment; wins. */
  readonly given: string | undefined
  /** Docker's engine id, where there is a Docker. */
  readonly docker: string | undefined
  readonly stateFolder: string
  /** Folder to read as `/sys`. */
  readonly sys: string
  readonly log: Log
}

/** The id that a node's record is bound to at its first connection. */
export interface NodeId {
  current(): string
  /**
   * The master knows a node by it, of which the name is ours or not: from the next start on it stays, and where
   * the name is ours from now on. Resolves once that is noted; never rejects.
   */
  accepted(isOurName: boolean): Promise<void>
  /**
   * Another node has it, or another machine is that node. An id that is not ours for sure is made up anew, as
   * Docker's is where an image was made with Docker in it; resolves to whether there is another now. Never
   * rejects.
   */
  taken(): Promise<boolean>
}

/**
 * Chooses the id, and keeps it. Once one was used it stays, also when Docker comes later or is installed
 * anew, as the master takes no other for the same token; only a copy of it on another machine does not.
 */
export async function openNodeId(sources: NodeIdSources): Promise<NodeId> {
  const { given, log, stateFolder } = sources
  if (given !== undefined) return fixed(given)
  let kept = await choose(sources)
  let mayChange = !kept.isAccepted
  let noted = Promise.resolve()
  return {
    current: () => kept.id,
    accepted(isOurName) {
      if (isOurName) mayChange = false
      if (kept.isAccepted) return noted
      kept = { ...kept, isAccepted: true }
      noted = keep(stateFolder, kept).catch(() => {})
      return noted
    },
    async taken() {
      await noted
      if (!mayChange) return false
      const fresh = { ...kept, id: randomUUID(), isAccepted: false }
      try {
        await keep(stateFolder, fresh)
      } catch (error) {
        log('warn', reasonOf(error))
        return false
      }
      log('warn', `another node has the id ${kept.id}: this machine becomes ${fresh.id}`)
      kept = fresh
      return true
    },
  }
}

function fixed(id: string): NodeId {
  return { current: () => id, accepted: async () => {}, taken: async () => false }
}

async function choose({ docker, stateFolder, sys, log }: NodeIdSources): Promise<KeptId> {
  const machine = await readMachineFacts(sys)
  const before = await readKept(fileIn(stateFolder))
  if (before === undefined) return keepFirst({ docker, stateFolder, machine })
  if (before.machine !== undefined && areOtherMachines(before.machine, machine)) {
    const kept = { id: randomUUID(), machine, isAccepted: false }
    await keep(stateFolder, kept)
    log(
      'warn',
      `the id ${before.id} was copied here from another machine: this one becomes ${kept.id}. If it is to go on as that one, start it with KONTENA_NODE_ID=${before.id}`,
    )
    return kept
  }
  const kept = { ...before, machine: latest(machine, before.machine) }
  // It is good without, as it was until now.
  if (keptText(kept) !== keptText(before)) await keep(stateFolder, kept).catch(() => {})
  return kept
}

/** What cannot be seen this time may be seen again. */
function latest(now: MachineFacts, before: MachineFacts | undefined): MachineFacts {
  return {
    hardware: now.hardware ?? before?.hardware,
    cards: now.cards.length > 0 ? now.cards : (before?.cards ?? []),
  }
}

async function keepFirst({
  docker,
  stateFolder,
  machine,
}: Pick<NodeIdSources, 'docker' | 'stateFolder'> & Pick<KeptId, 'machine'>): Promise<KeptId> {
  const kept = { id: docker ?? randomUUID(), machine, isAccepted: false }
  try {
    await keep(stateFolder, kept)
  } catch (error) {
    // Docker keeps its own id, so that one is good without our file.
    if (docker === undefined) throw error
  }
  return kept
}

function fileIn(stateFolder: string): string {
  return join(stateFolder, 'node-id')
}

async function keep(stateFolder: string, kept: KeptId): Promise<void> {
  try {
    await mkdir(stateFolder, { recursive: true })
    await replaceFile(fileIn(stateFolder), keptText(kept), 0o600)
  } catch (cause) {
    throw new Error(
      `the node's id cannot be kept in ${stateFolder}: give a folder in KONTENA_STATE_DIR, or an id in KONTENA_NODE_ID`,
      { cause },
    )
  }
}
