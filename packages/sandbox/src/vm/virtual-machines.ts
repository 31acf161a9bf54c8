import { join } from 'node:path'
import type { Launcher } from '../machine/launcher.ts'
import type { Machine } from '../machine/machine.ts'
import { chooseAccelerator } from './accelerator.ts'
import { findImage, type ImageSource } from './find-image.ts'
import { type Image, readImage } from './image.ts'
import { openSwitch } from './network/switch.ts'
import { BootProblem } from './problem.ts'
import { checkPrograms } from './programs.ts'
import { createVirtualMachine, type VirtualMachineOptions } from './virtual-machine.ts'

/** What machines that really boot are made of. */
export interface VirtualMachineSettings extends ImageSource {
  /** MiB of each machine. */
  readonly memory?: number | undefined
  readonly cpus?: number | undefined
  /** Milliseconds in which a system that is told to shut down may do it. */
  readonly grace?: number | undefined
}

const usualMemory = 1024
const usualCpus = 1
const usualGrace = 90_000

/** Everything that was asked for is there, and machines can be made. */
export interface Workshop {
  readonly accelerator: 'kvm' | 'tcg'
  readonly image: Image
  readonly memory: number
  readonly cpus: number
  readonly grace: number
}

/** A socket's path has 107 characters at most, some 40 of them below the folder for temporary files. */
const longestFolder = 65

/**
 * Looks for all that virtual machines need, before anything is started.
 *
 * @param folder where the sandbox is going to make its own
 * @throws BootProblem
 */
export async function openWorkshop(
  settings: VirtualMachineSettings,
  folder: string,
): Promise<Workshop> {
  if (folder.length > longestFolder) {
    throw new BootProblem(
      `the name of ${folder} is too long for the sockets of virtual machines`,
      `set TMPDIR to a folder of ${longestFolder} characters at most`,
    )
  }
  await checkPrograms()
  const { memory = usualMemory, cpus = usualCpus, grace = usualGrace } = settings
  return {
    accelerator: await chooseAccelerator(),
    image: await readImage(await findImage(settings)),
    memory,
    cpus,
    grace,
  }
}

export interface VirtualMachines {
  create(options: VirtualMachineOptions): Machine
  /** Pulls every plug. */
  close(): Promise<void>
}

export function openVirtualMachines(
  workshop: Workshop,
  { scratch, launcher }: { readonly scratch: string; readonly launcher: Launcher },
): VirtualMachines {
  const tools = { ...workshop, scratch, launcher, switch: openSwitch(join(scratch, 'n')) }
  const machines = new Set<Machine>()
  return {
    create(options) {
      const machine = createVirtualMachine(options, tools)
      machines.add(machine)
      return machine
    },
    async close() {
      await Promise.all([...machines].map((machine) => machine.destroy()))
    },
  }
}
