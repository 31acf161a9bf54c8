import { setTimeout as realSleep } from 'node:timers/promises'
import { watchRequests } from './requests-in-flight.ts'
import { installVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** Turns of the event loop in which nothing may happen before time passes. */
const quietTurns = 4
/**
 * Looks after which time passes although something seems to be on its way. Looks and not milliseconds,
 * as a busy computer may give this process none of its own.
 */
const patience = 400
/** Looks after which work that waits for no timer counts as stuck. */
const stuckAfter = 5_000
/** Milliseconds that are not jumped over at first sight: threads of Node that nobody sees may be at work. */
const longJump = 5_000
/** Looks after which each next one waits a millisecond. */
const eager = 20
/** Virtual milliseconds after which work counts as endless. */
const longestWork = 12 * 3_600_000

/**
 * Runs work in virtual time: whenever it waits for nothing but timers, time jumps to the next one. No
 * time passes while a request is on its way, but for those that `held` says are held back on purpose.
 */
export async function inVirtualTime<T>(
  held: () => number,
  work: (clock: VirtualClock) => Promise<T>,
): Promise<T> {
  const requests = watchRequests()
  const clock = installVirtualClock()
  try {
    const running = work(clock)
    let isDone = false
    const end = (): void => {
      isDone = true
    }
    running.then(end, end)
    const isBusy = (): boolean => requests.count() > held()
    await pump({ clock, isBusy, isDone: () => isDone })
    return await running
  } finally {
    clock.restore()
    requests.stop()
  }
}

interface Pump {
  readonly clock: VirtualClock
  readonly isBusy: () => boolean
  readonly isDone: () => boolean
}

async function pump(work: Pump): Promise<void> {
  const { clock, isDone } = work
  const end = clock.now() + longestWork
  let looks = 0
  while (!isDone()) {
    await turns()
    if (isDone()) return
    looks += 1
    if (looks === 1 && clock.untilNext() > longJump) await realSleep(2)
    else if (mayPass(work, looks)) looks = 0
    else if (looks > stuckAfter && !isAtWork())
      throw new Error('it waits for something that never happens')
    else if (looks > eager) await realSleep(1)
    if (clock.now() > end) throw new Error('it did not end within 12 hours of virtual time')
  }
}

/** Lets time pass if nothing is on its way; false where it did not. */
function mayPass({ clock, isBusy }: Pump, looks: number): boolean {
  if (looks < patience && (isBusy() || isAtWork())) return false
  return clock.step()
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < quietTurns; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Files, look-ups, connections and child processes take real time, which no timer tells of. */
function isAtWork(): boolean {
  return process.getActiveResourcesInfo().some((name) => atWork.test(name))
}

const atWork =
  /^(FSReq|CloseReq|GetAddrInfo|GetNameInfo|TCPConnect|PipeConnect|ProcessWrap|WriteWrap)/
