import type { Context } from '../context.ts'
import { resolveMaster } from '../master/master-session.ts'
import { printable } from '../output/printable.ts'

export interface MasterCurrentFlags {
  name?: boolean
  url?: boolean
  address?: boolean
}

/** Prints which master commands work with, as flags, environment and configuration say. */
export async function showCurrentMaster(
  options: MasterCurrentFlags,
  context: Context,
): Promise<void> {
  const { name, url, grid } = await resolveMaster(context)
  if (context.json) return context.printJson({ name, url, grid: grid ?? null })
  if (options.name) context.print(printable(name))
  else if (options.url) context.print(url)
  else if (options.address) context.print(new URL(url).hostname)
  else context.print(`${printable(name)} ${url}`)
}
