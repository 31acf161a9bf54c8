import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { moveIn, replaceFile, writeBeside } from './durable-file.ts'
import { filesBeside, isOnTrial, readTrial, trialText } from './trial.ts'

/** The agent that runs, as one file that may be replaced. */
export interface Bundle {
  readonly file: string
  /** SHA-256 in hex. */
  readonly hash: string
}

/**
 * Puts another agent in this one's place and on trial. Cut off anywhere, it leaves an agent that starts:
 * the new one is on the disk before the old one's copy is made, that before the record of the trial, and
 * that before the swap; a record of an agent that is not there means nothing.
 */
export async function replaceAgent(bundle: Bundle, content: Buffer): Promise<void> {
  const { trial: record } = filesBeside(bundle.file)
  try {
    await writeBeside(bundle.file, content)
    const previous = await keepPrevious(bundle)
    await replaceFile(record, trialText({ state: '0', hash: sha256(content), previous }))
    await moveIn(bundle.file)
  } catch (error) {
    await rm(`${bundle.file}.new`, { force: true }).catch(() => {})
    throw error
  }
}

/** The SHA-256 of the agent to go back to: this one, or while it is on trial itself, the one before. */
async function keepPrevious({ file, hash }: Bundle): Promise<string> {
  const { trial: record, previous } = filesBeside(file)
  const trial = await readTrial(record)
  if (trial?.hash === hash && isOnTrial(trial)) {
    const kept = await readFile(previous).catch(() => Buffer.of())
    if (sha256(kept) === trial.previous) return trial.previous
  }
  const own = await readFile(file)
  await replaceFile(previous, own)
  return sha256(own)
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
