import type { FakeWriter } from './fake-io.ts'
import { fakeWriter } from './fake-io.ts'

const escapeCharacter = '\u001b'
const command = new RegExp(`(${escapeCharacter}\\[\\d*[A-Z]|\n)`)

/** A terminal that understands what our live output sends: lines, cursor up, erase below. */
export interface Screen extends FakeWriter {
  /** What is on the screen now, lines without trailing blanks. */
  readonly lines: readonly string[]
  /** The most lines that were ever taken back at once. */
  readonly highestErase: number
}

export function openScreen(view: { columns?: number; rows?: number } = {}): Screen {
  const raw = fakeWriter({ isTTY: true, ...view })
  let rows: string[] = ['']
  let highestErase = 0
  const write = (text: string): void => {
    raw.write(text)
    for (const part of text.split(command)) {
      const up = /\[(\d+)A$/.exec(part)
      if (up !== null && part.startsWith(escapeCharacter)) {
        highestErase = Math.max(highestErase, Number(up[1]))
        rows = rows.slice(0, Math.max(0, rows.length - 1 - Number(up[1])))
        rows.push('')
      } else if (part === '\n') rows.push('')
      else if (part !== `${escapeCharacter}[J`) rows[rows.length - 1] += part
    }
  }
  return {
    ...raw,
    write,
    get text() {
      return raw.text
    },
    get lines() {
      return rows.map((line) => line.trimEnd()).slice(0, -1)
    },
    get highestErase() {
      return highestErase
    },
  }
}
