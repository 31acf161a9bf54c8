import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const packages = join(import.meta.dirname, '../../packages')

/** The built command in a folder of its own, as npm installs it, with the agent that its master hands out. */
export interface Release {
  /** What Node runs. */
  readonly program: string
  /** SHA-256 (hex) of the agent. */
  readonly agentHash: string
}

/** @param change makes another agent of the agent, which works or not */
export function makeRelease(folder: string, change = (agent: string): string => agent): Release {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@kontena/agent/dist'), { recursive: true })
  cpSync(join(packages, 'cli/dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(packages, 'agent/package.json'), join(modules, '@kontena/agent/package.json'))
  const agent = change(readFileSync(join(packages, 'agent/dist/kontena-agent.mjs'), 'utf8'))
  writeFileSync(join(modules, '@kontena/agent/dist/kontena-agent.mjs'), agent)
  for (const name of ['better-sqlite3', '@kontena/templates']) {
    symlinkSync(join(packages, 'cli/node_modules', name), join(modules, name))
  }
  return {
    program: join(folder, 'dist/kontena.cjs'),
    agentHash: createHash('sha256').update(agent).digest('hex'),
  }
}
