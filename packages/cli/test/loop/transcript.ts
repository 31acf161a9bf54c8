import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

/** A command as it is typed, or with variables of its own. */
export type Typed =
  | readonly string[]
  | { readonly words: readonly string[]; readonly env: Record<string, string> }

/** Types commands at the same time and tells them in order: what was typed, how it ended, what it said on stderr. */
export async function transcript(lab: Lab, commands: readonly Typed[]): Promise<string> {
  const parts = commands.map(async (typed) => {
    const { words, env } = 'words' in typed ? typed : { words: typed, env: {} }
    const { exitCode, stderr } = await lab.kontena(words, env)
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value} `)
    const line = `${variables.join('')}kontena ${words.join(' ')}`
    return plain(lab, `$ ${line}\nexit ${exitCode}\n${stderr}`)
  })
  return (await Promise.all(parts)).join('\n\n')
}

/** `aws node create`, with more words. */
export function create(...more: string[]): string[] {
  return ['aws', 'node', 'create', ...more]
}

/** `aws node terminate`, without a question. */
export function terminate(...names: string[]): string[] {
  return ['aws', 'node', 'terminate', ...names, '--force']
}

/** Text without what differs from run to run. */
export function plain(lab: Lab, text: string): string {
  return text
    .replaceAll(lab.folder, 'FOLDER')
    .replaceAll(lab.masterUrl, 'MASTER')
    .replaceAll(lab.sandbox.url, 'CLOUD')
    .replace(/kontena-lab-[0-9a-f]{8}/g, 'kontena-lab-MASTER')
    .replace(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'ORDER')
    .replace(/\b(i|sg)-[0-9a-f]{17}\b/g, '$1-ID')
    .replace(/[0-9a-f]{16}\.sock/g, 'SOCKET')
}

/** All that a command changed or left behind, here, at the cloud and at the master. */
export interface Traces {
  /** Calls that changed something, or would have. */
  readonly calls: readonly string[]
  readonly machines: readonly string[]
  readonly nodes: readonly string[]
  readonly firewalls: readonly string[]
  readonly orders: readonly string[]
}

export const noTraces: Traces = { calls: [], machines: [], nodes: [], firewalls: [], orders: [] }

/** {@link noTraces} but for calls, for commands that undo what they did. */
export const nothingLeft = { machines: [], nodes: [], firewalls: [], orders: [] }

export async function traces(lab: Lab): Promise<Traces> {
  const { ec2, calls } = lab.sandbox
  const nodes = await lab.master.nodes(lab.grid)
  return {
    calls: calls
      .all()
      .filter(({ action, dryRun }) => !dryRun && !/^(Describe|Get)/.test(action))
      .map(({ action }) => action),
    machines: ec2
      .instances()
      .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
      .map(({ id }) => id),
    nodes: nodes.map(({ name }) => name),
    firewalls: ec2
      .securityGroups()
      .map(({ name }) => name)
      .filter((name) => name.startsWith('kontena-')),
    orders: filesIn(join(lab.environment.KONTENA_HOME ?? '', 'orders')),
  }
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
