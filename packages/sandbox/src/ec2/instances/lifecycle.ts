import type { ArmedFaults } from '../../faults.ts'
import type { Schedule } from '../../schedule.ts'
import type { Region } from '../region.ts'
import type { Instance } from '../resources.ts'
import { giveBackNetwork, releaseInstance } from './release.ts'

/** Takes instances through EC2's states, in times that keep the real proportions. */
export interface Lifecycle {
  /** Brings a pending instance up, or down again where it is to fail. */
  launch(instance: Instance, region: Region, failure?: LaunchFailure): void
  terminate(instance: Instance, region: Region): void
  stop(instance: Instance): void
  start(instance: Instance): void
  reboot(instance: Instance): void
}

export interface LaunchFailure {
  readonly code: string
  readonly message: string
}

/** Parts of the boot time after which a machine runs, and that going away takes. */
const untilRunning = 0.4
const untilGone = 0.5
/** Milliseconds for which a terminated instance shows in lists: "about an hour". */
const stillListed = 3_600_000

export interface LifecycleOptions {
  /** Milliseconds from the call until user data runs. */
  readonly bootTime: number
  readonly schedule: Schedule
  readonly faults: ArmedFaults
  readonly newPublicAddress: () => string
}

export function openLifecycle(options: LifecycleOptions): Lifecycle {
  const { bootTime, schedule, faults } = options
  /** Acts later, unless another change of state was asked for by then. */
  const later = (instance: Instance, delay: number, act: () => void) => {
    const { generation } = instance
    schedule.after(delay, () => {
      if (instance.generation === generation) act()
    })
  }
  const bringUp = (instance: Instance) => {
    later(instance, bootTime * untilRunning, () => {
      instance.state = 'running'
      instance.stateReason = undefined
      instance.transitionReason = ''
    })
    later(instance, bootTime, () => instance.machine.start())
  }
  const end = (instance: Instance, region: Region) => {
    releaseInstance(instance, region)
    schedule.after(stillListed, () => forget(instance, region))
  }
  return {
    launch(instance, region, failure) {
      if (failure === undefined) return bringUp(instance)
      later(instance, bootTime * untilRunning, () => {
        instance.stateReason = failure
        instance.transitionReason = failure.message
        end(instance, region)
      })
    },
    terminate(instance, region) {
      if (instance.state === 'terminated' || instance.state === 'shutting-down') return
      const slow = faults.take('slow-terminate', { zone: instance.zone.name })
      takeDown(instance, 'shutting-down')
      later(instance, bootTime * untilGone + (slow?.delay ?? 0), () => {
        end(instance, region)
      })
    },
    stop(instance) {
      takeDown(instance, 'stopping')
      later(instance, bootTime * untilGone, () => {
        instance.state = 'stopped'
        giveBackNetwork(instance)
      })
    },
    start(instance) {
      instance.generation += 1
      instance.state = 'pending'
      if (instance.network?.subnet.givesPublicAddress) {
        instance.network.publicAddress = options.newPublicAddress()
      }
      bringUp(instance)
    },
    reboot(instance) {
      void instance.machine.stop()
      later(instance, bootTime * untilGone, () => instance.machine.start())
    },
  }
}

function forget(instance: Instance, region: Region): void {
  region.instances.delete(instance.id)
  region.tags.delete(instance.id)
}

function takeDown(instance: Instance, state: 'shutting-down' | 'stopping'): void {
  instance.generation += 1
  instance.state = state
  instance.stateReason = {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  }
  const time = new Date().toISOString().slice(0, 19).replace('T', ' ')
  instance.transitionReason = `User initiated (${time} GMT)`
  void instance.machine.stop().then(() => {
    instance.consoleSnapshot = instance.machine.console()
  })
}
