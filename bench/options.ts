import { parseArgs } from 'node:util'

/** What may be asked of a run on the command line. */
export interface BenchOptions {
  /** How many agents connect to a master. */
  readonly agents: number
  /** How long each state is watched. */
  readonly seconds: number
  /** How many masters are killed. */
  readonly kills: number
  /** Folder that takes CPU profiles of masters. */
  readonly profile: string | undefined
}

export function parseOptions(words: readonly string[]): BenchOptions & { names: string[] } {
  const { values, positionals: names } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      agents: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '60' },
      kills: { type: 'string', default: '200' },
      profile: { type: 'string' },
    },
  })
  const { agents, seconds, kills, profile } = values
  return {
    names,
    agents: wholeNumber('agents', agents),
    seconds: wholeNumber('seconds', seconds),
    kills: wholeNumber('kills', kills),
    profile,
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new Error(`--${name} takes a whole number above 0, not ${text}`)
}
