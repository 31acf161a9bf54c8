import { join } from 'node:path'
import type { Io } from './io.ts'

/** Our own directory: `KONTENA_HOME`, or `~/.kontena`. */
export function homeOf({ env, userHome }: Pick<Io, 'env' | 'userHome'>): string {
  return env.KONTENA_HOME || join(userHome, '.kontena')
}
