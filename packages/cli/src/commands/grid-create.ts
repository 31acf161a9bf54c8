import { gridCreate } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { selectGrid } from '../master/config-changes.ts'
import { openMasterSession } from '../master/master-session.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { typedNumber } from '../options/typed-number.ts'
import { spin } from '../output/spinner.ts'
import { flagOfSetting, type GridSettingFlags, gridSettings } from './grid-setting-flags.ts'

export interface GridCreateFlags extends GridSettingFlags {
  initialSize?: string
  token?: string
  subnet?: string
  supernet?: string
  trustedSubnet?: readonly string[]
  silent?: boolean
}

/** Creates a grid and selects it. */
export async function createGrid(
  options: GridCreateFlags & { name: string | undefined },
  context: Context,
): Promise<void> {
  const body = parseFlags(
    gridCreate,
    {
      name: options.name,
      initial_size: typedNumber(options.initialSize),
      token: options.token,
      subnet: options.subnet,
      supernet: options.supernet,
      trusted_subnets: options.trustedSubnet,
      ...gridSettings(options),
    },
    { flagOf: flagOfSetting, secrets: new Set(['token']) },
  )
  const session = await openMasterSession(context)
  if (body.initial_size === 1 && !options.silent) {
    context.warn('Option --initial-size=1 is only recommended for test grids and development')
  }
  const grid = await spin(context, `Creating ${body.name ?? 'a'} grid`, () =>
    session.client.createGrid(body, context.signal),
  )
  if (session.configured) {
    await spin(context, `Switching scope to ${grid.name} grid`, () =>
      selectGrid(context, session, grid.name),
    )
  }
  const { token, ...shown } = grid
  if (context.json) context.printJson(shown)
}
