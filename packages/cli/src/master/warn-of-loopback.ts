import { isLoopbackHost } from '@kontena/core'
import type { Context } from '../context.ts'

/** Documents travel to other hosts, where an address of this computer leads elsewhere. */
export function warnOfLoopback(url: string, context: Context): void {
  if (!isLoopbackHost(new URL(url).hostname)) return
  context.warn(
    `this works on this computer only: ${url}, where the master is, is an address of its own`,
    'tell the master where others reach it with: kontena master start --public-url URL',
  )
}
