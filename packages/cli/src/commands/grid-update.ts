import { ProvisionError } from '@kontena/core'
import { gridUpdate } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { flagOfSetting, type GridSettingFlags, gridSettings } from './grid-setting-flags.ts'

/** Changes what of a grid can change. Says nothing where that went well, as 1.5. */
export async function updateGrid(
  options: GridSettingFlags & { name: string },
  context: Context,
): Promise<void> {
  const change = parseFlags(gridUpdate, gridSettings(options), { flagOf: flagOfSetting })
  if (Object.keys(change).length === 0) {
    throw new ProvisionError('BAD_OPTIONS', 'nothing is to be changed', {
      hint: 'see what can be: kontena grid update --help',
    })
  }
  const session = await openMasterSession(context)
  await findGrid(session, options.name, context.signal)
  const grid = await session.client.updateGrid(options.name, change, context.signal)
  const { token, ...shown } = grid
  if (context.json) context.printJson(shown)
}
