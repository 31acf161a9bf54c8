/** What the doctor says about one thing. */
export interface Finding {
  readonly name: string
  /** `warn` is what an agent goes on with. */
  readonly level: 'ok' | 'warn' | 'fail'
  /** Never holds a token. */
  readonly message: string
  /** What to do about it. */
  readonly next?: string
}

/** One way of a cure for each thing, as people read it. */
export function printFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings
    .flatMap(({ name, level, message, next }) => [
      `${level.padEnd(4)}  ${name.padEnd(width)}  ${oneLine(message)}\n`,
      ...(next === undefined ? [] : [`${''.padEnd(6 + width)}  next: ${next}\n`]),
    ])
    .join('')
}

/** What others sent may hold anything. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
