import type { MasterClock } from '../connection/master-clock.ts'
import type { Check } from './check.ts'

/** Milliseconds; the master of 1.5 refuses agents beyond about as much. */
const most = 5000

/** Whether this host and its master agree what time it is. */
export function checkClock(clock: MasterClock): Check {
  const offset = clock.offset()
  if (offset === undefined) {
    return { name: 'clock', ok: true, message: 'the master has not said what time it is' }
  }
  return { name: 'clock', ok: Math.abs(offset) <= most, message: describeOffset(offset) }
}

/** An offset as people say it. */
export function describeOffset(offset: number): string {
  const seconds = Math.abs(offset) / 1000
  if (seconds < 1) return 'within a second of the master'
  return `${seconds.toFixed(1)} s ${offset > 0 ? 'ahead of' : 'behind'} the master`
}
