import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { type ConfigServer, updateServer } from './config.ts'
import type { MasterTarget } from './master-session.ts'

/**
 * Keeps a change to the current master's entry. As in 1.5 nothing is kept while `KONTENA_URL` says
 * which master is meant; it resolves to false then.
 */
export async function changeEntry(
  context: Context,
  target: MasterTarget,
  change: Partial<ConfigServer>,
): Promise<boolean> {
  if (!target.configured) return false
  await updateServer(context.configFile, target.name, change)
  return true
}

/** Makes a grid the selected one. Rejects with `BAD_OPTIONS` where that cannot be kept. */
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
