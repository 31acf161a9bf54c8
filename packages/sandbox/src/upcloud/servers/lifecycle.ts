import type { ArmedFaults } from '../../faults.ts'
import type { Schedule } from '../../schedule.ts'
import type { Account, Server } from '../account.ts'

/** Takes servers through UpCloud's states, in times that keep the real proportions. */
export interface Lifecycle {
  /** Clones the disks of a new server and starts it. */
  launch(server: Server): void
  /** Replies come before anything changes: a server that is to stop is still `started`. */
  stop(server: Server, how: StopRequest): void
  start(server: Server): void
  restart(server: Server, how: StopRequest): void
  /** Shows for a moment that it is going, then takes it away. */
  remove(server: Server, account: Account): void
}

export interface StopRequest {
  readonly type: 'soft' | 'hard'
  /** Milliseconds after which a soft stop becomes a hard one. */
  readonly timeout: number
  /** False where a soft stop that takes too long is to be given up. */
  readonly isForced: boolean
}

/** Parts of the boot time. */
const untilHalfCloned = 0.2
const untilStarted = 0.4
const untilBooted = 0.6
const untilSoftStopped = 0.3
const untilHardStopped = 0.1
const untilGone = 0.1

export interface LifecycleOptions {
  /** Milliseconds from the create call until user data runs. */
  readonly bootTime: number
  readonly schedule: Schedule
  readonly faults: ArmedFaults
}

export function openLifecycle({ bootTime, schedule, faults }: LifecycleOptions): Lifecycle {
  /** Acts later, unless another change of state was asked for by then. */
  const later = (server: Server, delay: number, act: () => void) => {
    server.generation += 1
    const { generation } = server
    schedule.after(delay, () => {
      if (server.generation === generation) act()
    })
  }
  const bringUp = (server: Server) => {
    server.state = 'started'
    server.progress = undefined
    later(server, bootTime * untilBooted, () => server.machine.start())
  }
  const comeToStop = (server: Server, how: StopRequest, act: () => void) => {
    const slow = faults.take('slow-terminate', { zone: server.zone.id })?.delay ?? 0
    const usual = bootTime * (how.type === 'soft' ? untilSoftStopped : untilHardStopped)
    if (how.type === 'hard' || slow <= how.timeout) return later(server, usual + slow, act)
    // The machine does not listen: the host pulls the plug, or gives up.
    if (how.isForced) later(server, how.timeout + bootTime * untilHardStopped, act)
  }
  const powerOff = (server: Server) => {
    const off = server.machine.stop()
    server.state = 'stopped'
    return off
  }
  return {
    launch(server) {
      const failure = faults.take('boot-failure', { zone: server.zone.id })
      schedule.after(bootTime * untilHalfCloned, () => {
        if (server.progress !== undefined) server.progress = 50
      })
      later(server, bootTime * untilStarted, () => {
        if (failure === undefined) return bringUp(server)
        server.state = 'error'
        server.progress = undefined
        // An error ends by itself once the vendor has dealt with it.
        later(server, bootTime, () => {
          server.state = 'stopped'
        })
      })
    },
    stop(server, how) {
      comeToStop(server, how, () => void powerOff(server))
    },
    start(server) {
      server.state = 'maintenance'
      later(server, bootTime * untilStarted, () => bringUp(server))
    },
    restart(server, how) {
      comeToStop(server, how, () => {
        const off = powerOff(server)
        server.state = 'maintenance'
        later(server, bootTime * untilHardStopped, () => void off.then(() => bringUp(server)))
      })
    },
    remove(server, account) {
      server.state = 'pending_delete'
      server.interfaces = []
      void server.machine.destroy()
      later(server, bootTime * untilGone, () => account.servers.delete(server.uuid))
    },
  }
}
