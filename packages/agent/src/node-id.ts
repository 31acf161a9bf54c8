import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './durable-file.ts'

export interface NodeIdSources {
  /** From the environment; wins. */
  readonly given: string | undefined
  /** Docker's engine id, where there is a Docker. */
  readonly docker: string | undefined
  readonly stateFolder: string
}

/**
 * The id that a node's record is bound to at its first connection. Once one was used it stays, also
 * when Docker comes later or is installed anew, as the master takes no other for the same token.
 */
export async function chooseNodeId({ given, docker, stateFolder }: NodeIdSources): Promise<string> {
  if (given !== undefined) return given
  const file = join(stateFolder, 'node-id')
  const kept = await readKept(file)
  if (kept !== undefined) return kept
  const id = docker ?? randomUUID()
  try {
    await mkdir(stateFolder, { recursive: true })
    await replaceFile(file, `${id}\n`, 0o600)
  } catch (cause) {
    // Docker keeps its own id, so that one is good without our file.
    if (docker === undefined) {
      throw new Error(
        `the node's id cannot be kept in ${stateFolder}: give a folder in KONTENA_STATE_DIR, or an id in KONTENA_NODE_ID`,
        { cause },
      )
    }
  }
  return id
}

async function readKept(file: string): Promise<string | undefined> {
  try {
    const id = (await readFile(file, 'utf8')).trim()
    return /^[\w:.-]{1,128}$/.test(id) ? id : undefined
  } catch {
    return undefined
  }
}
