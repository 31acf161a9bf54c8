import { z } from 'zod'
import type { Context } from '../context.ts'
import { parseDuration } from '../options/duration.ts'
import { parseFlags } from '../options/parse-flags.ts'
import { port } from '../options/port.ts'
import { printEnvironment } from '../output/print-environment.ts'
import { untilInterrupted } from '../until-interrupted.ts'

export interface SandboxStartFlags {
  port?: string
  bootTime?: string
  agents?: string
}

const flags = z.object({
  port: port.optional(),
  bootTime: z.string().default('2s'),
  agents: z.enum(['process', 'shared']).default('process'),
})

/** Runs the simulated clouds until Ctrl-C. What it prints can be read by a shell's `eval`. */
export async function runSandbox(options: SandboxStartFlags, context: Context): Promise<void> {
  const { port, bootTime, agents } = parseFlags(flags, { ...options })
  const { startSandbox } = await import('@kontena/sandbox')
  const sandbox = await startSandbox({
    port,
    bootTime: parseDuration(bootTime, '--boot-time'),
    agents,
  })
  try {
    const environment = sandbox.environment()
    if (context.json) context.printJson({ url: sandbox.url, environment })
    else {
      printEnvironment(context, environment, { export: true })
      context.stderr.write(`Simulated clouds at ${sandbox.url}; Ctrl-C ends them.\n`)
    }
    await untilInterrupted(context.signal)
  } finally {
    await sandbox.close()
  }
}
