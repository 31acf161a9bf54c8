import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Console, kept, openConsole } from '../machine/console.ts'
import type { Launched, Launcher } from '../machine/launcher.ts'
import type { Machine } from '../machine/machine.ts'
import { openMetadataServer } from '../machine/metadata-server.ts'
import { searchPath } from '../machine/script.ts'
import type { Guest } from './guest.ts'
import { type Image, makeDisk } from './image.ts'
import type { Switch } from './network/switch.ts'
import { qemu } from './programs.ts'
import { qemuArguments } from './qemu-arguments.ts'
import { tellQemu } from './qmp.ts'
import { writeSeed } from './seed.ts'
import { readSerialLog } from './serial-log.ts'
import { findSshForward, type SshForward } from './ssh-forward.ts'

export interface VirtualMachineOptions {
  /** Names its folder and shows in the process list. */
  readonly id: string
  readonly guest: Guest
}

/** What all virtual machines of a sandbox have in common. */
export interface VirtualMachineTools {
  readonly scratch: string
  readonly launcher: Launcher
  readonly switch: Switch
  readonly image: Image
  readonly accelerator: 'kvm' | 'tcg'
  readonly memory: number
  readonly cpus: number
  /** Milliseconds in which a system that is told to shut down may do it. */
  readonly grace: number
}

/** A machine that really boots: qemu on a disk of its own, behind the networks of its cloud. */
export function createVirtualMachine(
  { id, guest }: VirtualMachineOptions,
  tools: VirtualMachineTools,
): Machine {
  const root = join(tools.scratch, 'machines', id)
  const serial = join(root, 'console.log')
  const monitor = join(tools.scratch, 'm', id.slice(-12))
  const log = openConsole()
  let prepared: Promise<Prepared> | undefined
  let running: Running | undefined
  let isDestroyed = false
  let ssh: SshForward | undefined

  async function run(current: Running): Promise<void> {
    prepared ??= prepare(root, guest, tools)
    const { disk, seed, plug } = await prepared
    ssh = await findSshForward(guest.publicAddress())
    await mkdir(join(tools.scratch, 'm'), { recursive: true })
    await rm(monitor, { force: true })
    if (current.isOver) return
    const setup = { ...tools, name: id, guest, plug, disk, seed, console: serial, monitor, ssh }
    const said = openConsole()
    current.process = start(setup, { root, launcher: tools.launcher, said })
    const failure = await current.process.ended
    ssh = undefined
    if (current.isOver) return
    // What it says of a machine that runs is of no use to the machine's owner.
    const why = failure === undefined ? 'it was shut down\n' : `${failure}\n${said.text()}`
    log.print(`sandbox: ${qemu} ended: ${why}`)
  }
  async function stop(isUrgent: boolean): Promise<void> {
    const current = running
    if (current === undefined) return
    current.isOver = true
    if (isUrgent) current.process?.signal('SIGKILL')
    else await shutDown(current, monitor, tools.grace)
    await current.done
  }
  return {
    root,
    start() {
      if (isDestroyed || (running !== undefined && !running.isOver)) return
      const current: Running = { isOver: false, process: undefined, done: Promise.resolve() }
      const before = running?.done ?? Promise.resolve()
      running = current
      current.done = before
        .then(() => (current.isOver ? undefined : run(current)))
        .catch((error: unknown) => log.print(`sandbox: no machine: ${messageOf(error)}\n`))
        .finally(() => {
          if (running === current) running = undefined
        })
    },
    stop: () => stop(false),
    async destroy() {
      isDestroyed = true
      await stop(true)
      const made = await prepared?.catch(() => undefined)
      await made?.close()
      await rm(root, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) => {
        // The whole scratch folder goes when the sandbox ends.
        log.print(`sandbox: files are left in ${root}: ${messageOf(error)}\n`)
      })
    },
    console: () => (readSerialLog(serial, kept) + log.text()).slice(-kept),
    ssh: () => ssh,
  }
}

/** Between being powered on and the end of its process. */
interface Running {
  /** It was told to end. */
  isOver: boolean
  process: Launched | undefined
  done: Promise<void>
}

interface Prepared {
  readonly disk: string
  readonly seed: string | undefined
  readonly plug: Awaited<ReturnType<Switch['plugIn']>>
  close(): Promise<void>
}

async function prepare(
  root: string,
  guest: Guest,
  { image, switch: network }: VirtualMachineTools,
): Promise<Prepared> {
  await mkdir(root, { recursive: true })
  const disk = join(root, 'disk.qcow2')
  await makeDisk(image, disk)
  const seed =
    guest.disk === undefined ? undefined : await writeSeed(join(root, 'seed.iso'), guest.disk)
  const metadata = await openMetadataServer(guest.metadata)
  const plug = await network.plugIn(guest, Number(new URL(metadata.origin).port))
  return {
    disk,
    seed,
    plug,
    async close() {
      metadata.close()
      await plug.close()
    },
  }
}

interface Place {
  readonly root: string
  readonly launcher: Launcher
  readonly said: Console
}

function start(
  setup: Parameters<typeof qemuArguments>[0],
  { root, launcher, said }: Place,
): Launched {
  return launcher.start({
    file: qemu,
    arguments: qemuArguments(setup),
    cwd: root,
    environment: { PATH: searchPath(), LANG: 'C.UTF-8' },
    output: said.print,
  })
}

/** Presses the power button; pulls the plug when the system does not listen. */
async function shutDown({ process, done }: Running, monitor: string, grace: number): Promise<void> {
  if (process === undefined) return
  const force = setTimeout(() => process.signal('SIGKILL'), grace)
  try {
    await tellQemu(monitor, 'system_powerdown').catch(() => process.signal('SIGKILL'))
    await done
  } finally {
    clearTimeout(force)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
