import type { Writer } from '../io.ts'

/** Lines at the end of a terminal's output that are replaced in place. */
export interface LiveBlock {
  /** Replaces what was drawn. A line must be narrower than the terminal, the block lower. */
  draw(lines: readonly string[]): void
  /** Takes the block away, so that something else can be written. */
  erase(): void
}

export function openLiveBlock(out: Writer): LiveBlock {
  let height = 0
  const up = (): string => (height === 0 ? '' : `\u001b[${height}A\u001b[J`)
  return {
    draw(lines) {
      // One write, so that the terminal never shows the gap between the old and the new.
      out.write(up() + lines.map((line) => `${line}\n`).join(''))
      height = lines.length
    },
    erase() {
      if (height === 0) return
      out.write(up())
      height = 0
    },
  }
}
