import type { ArmedFaults } from '../../faults.ts'
import type { Schedule } from '../../schedule.ts'
import type { Account, Action, Droplet } from '../account.ts'

/** Takes droplets through DigitalOcean's states, in times that keep the real proportions. */
export interface Lifecycle {
  /** Brings a new droplet up, or takes it away again where it is to fail. */
  launch(droplet: Droplet, action: Action, account: Account): void
  /** Takes a droplet away; until it is gone it is listed, with an event pending. */
  destroy(droplet: Droplet, account: Account): void
  /** Carries out an action; `act` once it is done. */
  perform(droplet: Droplet, action: Action, act: () => void): void
}

/** Parts of the boot time after which a droplet is active, an action is done and a droplet is gone. */
const untilActive = 0.4
const untilDone = 0.3
const untilGone = 0.5

export interface LifecycleOptions {
  /** Milliseconds from the call until user data runs. */
  readonly bootTime: number
  readonly schedule: Schedule
  readonly faults: ArmedFaults
}

export function openLifecycle({ bootTime, schedule, faults }: LifecycleOptions): Lifecycle {
  return {
    launch(droplet, action, account) {
      const failure = faults.take('boot-failure', { zone: droplet.region.slug })
      schedule.after(bootTime * untilActive, () => {
        droplet.event = undefined
        finish(action, failure === undefined)
        if (failure !== undefined) return forget(droplet, account)
        droplet.state = 'active'
        droplet.activeAt = Date.now()
        schedule.after(bootTime * (1 - untilActive), () => {
          // Whatever was begun meanwhile powers it on itself, or takes it away.
          if (droplet.state === 'active' && droplet.event === undefined) droplet.machine.start()
        })
      })
    },
    destroy(droplet, account) {
      droplet.event = 'destroy'
      void droplet.machine.stop()
      const slow = faults.take('slow-terminate', { zone: droplet.region.slug })
      schedule.after(bootTime * untilGone + (slow?.delay ?? 0), () => forget(droplet, account))
    },
    perform(droplet, action, act) {
      droplet.event = action.type
      schedule.after(bootTime * untilDone, () => {
        droplet.event = undefined
        finish(action, true)
        act()
      })
    },
  }
}

function finish(action: Action, isDone: boolean): void {
  action.status = isDone ? 'completed' : 'errored'
  action.completedAt = new Date()
}

/** Its disk, addresses and tags go with it, and firewalls that named it do so no longer. */
function forget(droplet: Droplet, account: Account): void {
  account.droplets.delete(droplet.id)
  for (const firewall of account.firewalls.values()) firewall.droplets.delete(droplet.id)
  void droplet.machine.destroy()
}
