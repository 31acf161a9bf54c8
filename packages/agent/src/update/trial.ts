import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Whether a new agent got online, in a file that it shares with the program that starts agents
 * (`start-agent.mjs`, which describes it): digits count starts, `k` is kept, `r` is refused.
 */
export interface Trial {
  readonly state: '0' | '1' | '2' | '3' | 'k' | 'r'
  /** Of the agent on trial. */
  readonly hash: string
  /** Of the one that takes its place again where it does not get online. */
  readonly previous: string
}

/** Files beside the agent's own. */
export function filesBeside(agent: string): { readonly trial: string; readonly previous: string } {
  const folder = dirname(agent)
  return { trial: join(folder, 'agent.trial'), previous: join(folder, 'agent.previous.mjs') }
}

/** Undefined where there was no trial yet, or its record is damaged. */
export async function readTrial(file: string): Promise<Trial | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [, state, hash, previous] = /^([0-3kr]) ([0-9a-f]{64}) ([0-9a-f]{64})\n$/.exec(text) ?? []
  const known = states.find((it) => it === state)
  if (known === undefined || hash === undefined || previous === undefined) return undefined
  return { state: known, hash, previous }
}

const states = ['0', '1', '2', '3', 'k', 'r'] as const

/** Whether it is still open what becomes of the new agent. */
export function isOnTrial({ state }: Trial): boolean {
  return state !== 'k' && state !== 'r'
}

/** The record as it stands in its file. */
export function trialText({ state, hash, previous }: Trial): string {
  return `${state} ${hash} ${previous}\n`
}

/** Ends the trial well. One byte in its place, which a full disk takes too. */
export async function keepAgent(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write('k', 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
