import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { summarize } from './errors.ts'
import {
  findError,
  parseLine,
  parseLines,
  readableLines,
  type VagrantError,
} from './machine-readable.ts'

/** How far a `vagrant up` got, as its log tells. */
export interface Progress {
  /** The machine has booted and our script runs in it. */
  readonly isUp: boolean
  /** `cut off`: it neither came to its end nor said why. What still runs is `cut off` so far. */
  readonly outcome: 'done' | 'failed' | 'cut off'
  /** Why it failed. */
  readonly reason: string | undefined
}

/** Far more than a `vagrant up` prints. Beyond that the end counts, where the outcome stands. */
const longestLog = 4 * 1024 * 1024
/** What our own scripts say begins with this. */
const ourVoice = 'kontena: '

export function readProgress(log: string): Progress {
  const text = readEnd(log)
  const lines = parseLines(text)
  const error = findError(lines)
  const isDone = lines.some(
    ({ type, data }) => type === 'action' && data[0] === 'up' && data[1] === 'end',
  )
  const ours = readableLines(text).flatMap((line) =>
    line.startsWith(ourVoice) ? line.slice(ourVoice.length) : [],
  )
  if (error !== undefined) {
    return { isUp: ours.length > 0, outcome: 'failed', reason: reasonOf(error, ours) }
  }
  if (isDone) return { isUp: true, outcome: 'done', reason: undefined }
  return { isUp: ours.length > 0, outcome: 'cut off', reason: lastRaw(text) }
}

/** The end of the log as a person would have read it. */
export function readLog(log: string, lines: number): string[] {
  return readableLines(readEnd(log)).slice(-lines)
}

/** Of a script that failed, all that Vagrant says is that it did; the script knows why. */
function reasonOf(error: VagrantError, ours: readonly string[]): string {
  const why = ours.findLast((line) => line.startsWith('failed')) ?? ours.at(-1)
  return error.message.includes('non-zero exit status') && why !== undefined
    ? why
    : summarize(error)
}

/** What is none of Vagrant's lines: a Ruby that does not even start says so in its own way. */
function lastRaw(text: string): string | undefined {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && parseLine(line.trimEnd()) === undefined)
    .at(-1)
    ?.trim()
}

function readEnd(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(file)
    const length = Math.min(size, longestLog)
    const buffer = Buffer.alloc(length)
    const read = readSync(file, buffer, 0, length, size - length)
    return buffer.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
