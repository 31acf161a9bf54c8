import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMachineRoom } from './machine-room.ts'
import type { InstanceData } from './user-data.ts'

export interface BootOptions {
  /** Its id at the cloud. */
  readonly id: string
  /** As the cloud hands it to the machine: decoded from base64, perhaps gzipped. */
  readonly userData: Uint8Array
  /** What cloud-init on it would find out, under cloud-init's names. */
  readonly instance: InstanceData
  /** Folder in which the machine's own is made; the system's for temporary files where absent. */
  readonly scratch?: string | undefined
}

/** A simulated machine that belongs to no simulated cloud. */
export interface BootedMachine {
  /** Folder that stands for `/`. */
  readonly root: string
  /** The end of its serial console. */
  console(): string
  /** Powers it off and on again; its user data does not take effect a second time. */
  restart(): Promise<void>
  /** Powers it off and removes its files. */
  close(): Promise<void>
}

/**
 * Boots one machine as the sandbox does its own, for a cloud that only keeps books of machines: takes the
 * user data apart as cloud-init would, runs the bootstrap's scripts with a scratch folder as `/`, and then
 * the agent that they fetched. Resolves when the power is on; what goes wrong later is on the console.
 */
export async function bootMachine({
  id,
  userData,
  instance,
  scratch = tmpdir(),
}: BootOptions): Promise<BootedMachine> {
  const folder = await mkdtemp(join(scratch, 'kontena-machine-'))
  const room = openMachineRoom({ scratch: folder, agents: 'process', dockerSocket: undefined })
  const machine = room.create({ id, userData: Buffer.from(userData), instance })
  machine.start()
  return {
    root: machine.root,
    console: machine.console,
    async restart() {
      await machine.stop()
      machine.start()
    },
    async close() {
      await machine.stop()
      await room.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
