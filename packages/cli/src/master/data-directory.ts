import { join, resolve } from 'node:path'
import type { Context } from '../context.ts'

/** Where the data of the master on this computer is: as `--data` says, else below our own directory. */
export function masterData(context: Context, data: string | undefined): string {
  return data === undefined ? join(context.home, 'master') : resolve(context.cwd, data)
}
