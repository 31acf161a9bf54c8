import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type MachineFacts, machineFacts } from './machine-facts.ts'

/** A node's id as it stands in its file: a line of its own, and one about where it was made. */
export interface KeptId {
  readonly id: string
  /** The machine that it is of; undefined where nobody noted that. */
  readonly machine: MachineFacts | undefined
  /** A master has taken it from this machine. */
  readonly isAccepted: boolean
}

const about = z.object({ machine: machineFacts.optional(), isAccepted: z.boolean() })

export function keptText({ id, machine, isAccepted }: KeptId): string {
  return `${id}\n${JSON.stringify({ isAccepted, machine })}\n`
}

/** Undefined where there is no id in the file. A file that says no more is as good as accepted. */
export async function readKept(file: string): Promise<KeptId | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [id = '', rest = ''] = text.split('\n')
  if (!/^[\w:.-]{1,128}$/.test(id.trim())) return undefined
  return { id: id.trim(), machine: undefined, isAccepted: true, ...aboutIn(rest) }
}

function aboutIn(line: string): Partial<KeptId> {
  try {
    const { machine, isAccepted } = about.parse(JSON.parse(line))
    return { machine, isAccepted }
  } catch {
    return {}
  }
}
