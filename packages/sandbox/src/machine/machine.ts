import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Guest } from '../vm/guest.ts'
import type { MetadataService } from '../vm/metadata-service.ts'
import type { SshForward } from '../vm/ssh-forward.ts'
import type { AgentRunner } from './agent-runner.ts'
import { type Console, openConsole } from './console.ts'
import { agentEnvironment } from './environment-file.ts'
import { writeFiles, writeHostKey } from './files.ts'
import type { Launcher } from './launcher.ts'
import { openMetadataServer } from './metadata-server.ts'
import { runScript } from './script.ts'
import { type InstanceData, readUserData } from './user-data.ts'

export interface MachineOptions {
  /** Names its folder. */
  readonly id: string
  readonly userData: Buffer
  readonly instance: InstanceData
  /** How it looks to a system that really boots on it. */
  readonly guest?: Guest | undefined
  /** Printed instead of anything that user data asks for: a machine that never comes up. */
  readonly onlyPrints?: string | undefined
}

/** A simulated machine: a folder that stands for `/`, a console and, once it is up, an agent. */
export interface Machine {
  readonly root: string
  /** Powers it on. User data takes effect the first time only. */
  start(): void
  /** Powers it off; resolves when nothing of it runs any more. */
  stop(): Promise<void>
  /** Powers it off and takes its files away. */
  destroy(): Promise<void>
  console(): string
  /** Where ssh on this computer reaches it, where anything does. */
  ssh?(): SshForward | undefined
}

export interface MachineTools {
  readonly scratch: string
  readonly launcher: Launcher
  readonly agents: AgentRunner
  /** Resolves when it is a machine's turn to take its user data apart; rejects once all are to end. */
  readonly turn: () => Promise<void>
  readonly dockerSocket?: string | undefined
}

/** What the bootstrap runs on a simulated machine; the rest of its set-up is not for this computer. */
const scripts = ['opt/kontena/enrol', 'opt/kontena/fetch-agent']
/** Runs before them, where user data leaves it to the machine to find out its id. */
const askId = 'opt/kontena/ask-id'

export function createMachine(options: MachineOptions, tools: MachineTools): Machine {
  const root = join(tools.scratch, 'machines', options.id)
  const log = openConsole()
  let power: { off: AbortController; done: Promise<void> } | undefined
  /** Resolves when what ran before the last power-off is gone. */
  let idle: Promise<void> = Promise.resolve()
  let isSetUp = false
  // A real machine spends its boot on this; a hundred of them have a computer each.
  const unpacked = unpack(root, options, tools)
  unpacked.catch(() => undefined)

  async function run(signal: AbortSignal): Promise<void> {
    if (options.onlyPrints !== undefined) return log.print(options.onlyPrints)
    const files = await unpacked
    log.print(`cloud-init: wrote ${files} files\n`)
    const metadata = options.guest?.metadata
    isSetUp ||= files === 0 || (await runScripts(root, { tools, log, signal, metadata }))
    if (isSetUp) await runAgent(root, { tools, log, signal })
  }
  async function stop(): Promise<void> {
    const running = power
    power = undefined
    running?.off.abort()
    if (running !== undefined) idle = running.done
    await idle
    await unpacked.catch(() => undefined)
  }
  return {
    root,
    start() {
      if (power !== undefined) return
      const off = new AbortController()
      const done = idle
        .then(() => run(off.signal))
        .catch((error: unknown) => {
          if (!off.signal.aborted) log.print(`cloud-init: ${messageOf(error)}\n`)
        })
      power = { off, done }
    },
    stop,
    async destroy() {
      await stop()
      try {
        await rm(root, { recursive: true, force: true, maxRetries: 5 })
      } catch (error) {
        // The whole scratch folder goes when the sandbox ends.
        log.print(`sandbox: files are left in ${root}: ${messageOf(error)}\n`)
      }
    },
    console: () => log.text(),
  }
}

interface Running {
  readonly tools: MachineTools
  readonly log: Console
  readonly signal: AbortSignal
  readonly metadata?: MetadataService | undefined
  /** Further variables of the scripts. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Writes what user data puts on the machine. Resolves to the number of files. */
async function unpack(
  root: string,
  { userData, instance, onlyPrints }: MachineOptions,
  { turn }: MachineTools,
): Promise<number> {
  if (onlyPrints !== undefined) return 0
  await turn()
  const files = readUserData(userData, instance)
  await mkdir(root, { recursive: true })
  await writeHostKey(root)
  await writeFiles(root, files)
  return files.length
}

/** Whether all scripts ended well. */
async function runScripts(root: string, running: Running): Promise<boolean> {
  if (!(await exists(join(root, askId)))) return await runEach(root, scripts, running)
  if (running.metadata === undefined) throw new Error('this machine has no metadata service')
  const server = await openMetadataServer(running.metadata)
  try {
    const environment = { KONTENA_METADATA: server.origin }
    return await runEach(root, [askId, ...scripts], { ...running, environment })
  } finally {
    server.close()
  }
}

async function runEach(
  root: string,
  names: readonly string[],
  { tools, log, signal, environment }: Running,
): Promise<boolean> {
  for (const name of names) {
    const script = { file: join(root, name), root, environment, print: log.print }
    const failure = await runScript(tools.launcher, script, signal)
    if (failure === undefined) continue
    if (!signal.aborted) log.print(`cloud-init: /${name} failed: ${failure}\n`)
    return false
  }
  return true
}

async function runAgent(root: string, { tools, log, signal }: Running): Promise<void> {
  const file = join(root, 'var/lib/kontena/agent.mjs')
  const environmentFile = join(root, 'etc/kontena-agent.env')
  if (!(await exists(file)) || !(await exists(environmentFile))) {
    return log.print('systemd: no kontena-agent on this machine\n')
  }
  const environment = agentEnvironment(
    await readFile(environmentFile, 'utf8'),
    root,
    tools.dockerSocket,
  )
  log.print('systemd: started kontena-agent.service\n')
  await tools.agents.run({ root, file, environment }, signal)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
