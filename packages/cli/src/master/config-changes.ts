import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { type ConfigServer, updateConfig } from './config.ts'
import type { MasterTarget } from './master-session.ts'

/**
 * Keeps a change to the current master's entry. As in 1.5 nothing is kept while `KONTENA_URL` says
 * which master is meant, and a sentence tells so.
 */
export async function changeEntry(
  context: Context,
  target: MasterTarget,
  change: Partial<ConfigServer>,
): Promise<boolean> {
  if (!target.configured) return false
  await updateConfig(context.configFile, (config) => ({
    ...config,
    servers: config.servers.map((entry) =>
      entry.name === target.name ? { ...entry, ...change } : entry,
    ),
  }))
  return true
}

/** Makes a grid the selected one. */
export async function selectGrid(
  context: Context,
  target: MasterTarget,
  grid: string,
): Promise<void> {
  if (await changeEntry(context, target, { grid })) return
  throw new ProvisionError(
    'BAD_OPTIONS',
    'KONTENA_URL says which master is meant, so nothing is kept',
    {
      hint: `select the grid the same way: export KONTENA_GRID=${grid}`,
    },
  )
}
