import { join, resolve } from 'node:path'
import { ProvisionError } from '@kontena/core'
import type { Sandbox, SandboxOptions } from '@kontena/sandbox'
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
  boot?: string
  image?: string
  memory?: string
  cpus?: string
}

const flags = z.object({
  port: port.optional(),
  bootTime: z.string().default('2s'),
  agents: z.enum(['process', 'shared']).default('process'),
  boot: z.enum(['process', 'vm']).default('process'),
  image: z.string().min(1).optional(),
  memory: z.coerce.number().int().min(256).max(1_048_576).optional(),
  cpus: z.coerce.number().int().min(1).max(255).optional(),
})

/** Runs the simulated clouds until Ctrl-C. What it prints can be read by a shell's `eval`. */
export async function runSandbox(options: SandboxStartFlags, context: Context): Promise<void> {
  const parsed = parseFlags(flags, { ...options })
  checkBoot(parsed)
  const sandbox = await start({
    port: parsed.port,
    bootTime: parseDuration(parsed.bootTime, '--boot-time'),
    agents: parsed.agents,
    boot: parsed.boot,
    virtualMachines: {
      image: imageOf(parsed.image, context),
      imageFolder: join(context.home, 'images'),
      memory: parsed.memory,
      cpus: parsed.cpus,
      tell: (line) => context.stderr.write(`${line}\n`),
      signal: context.signal,
    },
  })
  try {
    const environment = sandbox.environment()
    if (context.json) context.printJson({ url: sandbox.url, environment })
    else {
      printEnvironment(context, environment, { export: true })
      context.stderr.write(`Simulated clouds at ${sandbox.url}; Ctrl-C ends them.\n`)
    }
    if (parsed.boot === 'vm') await tellReach(sandbox.url, context)
    await untilInterrupted(context.signal)
  } finally {
    await sandbox.close()
  }
}

/** Flags that would have no effect are a misunderstanding. */
function checkBoot({ boot, image, memory, cpus }: z.infer<typeof flags>): void {
  const given = Object.entries({ image, memory, cpus }).filter(([, value]) => value !== undefined)
  const [unused] = given
  if (boot === 'vm' || unused === undefined) return
  throw new ProvisionError('BAD_OPTIONS', `--${unused[0]} has no effect without --boot vm`)
}

function imageOf(image: string | undefined, { cwd }: Context): string | undefined {
  return image === undefined || /^https?:/.test(image) ? image : resolve(cwd, image)
}

/** Virtual machines that cannot be had are a fact about this computer that its owner can change. */
async function start(options: SandboxOptions): Promise<Sandbox> {
  const { BootProblem, startSandbox } = await import('@kontena/sandbox')
  try {
    return await startSandbox(options)
  } catch (error) {
    if (!(error instanceof BootProblem)) throw error
    throw new ProvisionError('BAD_OPTIONS', error.message, { hint: error.hint, cause: error })
  }
}

/** How machines reach a master here, and people here the machines. Stdout is for the shell alone. */
async function tellReach(url: string, { stderr }: Context): Promise<void> {
  const { canReachMachines, hostForMachines, publicAddresses } = await import('@kontena/sandbox')
  const masterUrl = `https://${hostForMachines}:9292`
  stderr.write(
    `Machines see this computer's loopback as ${hostForMachines}. A master for them:
  kontena master start --tls --login --public-url ${masterUrl}
`,
  )
  if (await canReachMachines()) return
  stderr.write(
    `To log in to machines at their own addresses, before they are made, as root:
  ip route add local ${publicAddresses} dev lo
Else their ssh is at the loopback ports that ${url}/_sandbox/machines tells.
`,
  )
}
