/** The time of a fact: it stands still until the kit lets it pass, and then passes from timer to timer. */
export interface VirtualClock {
  now(): number
  /** Milliseconds until the next timer is due; endless where there is none. */
  untilNext(): number
  /** Lets time pass until the next timer and runs it; false where there is none. */
  step(): boolean
  /** Gives the program its own time back; timers that are left never run. */
  restore(): void
}

interface Timer {
  readonly run: () => void
  due: number
  /** Order among timers that are due together. */
  readonly number: number
}

type Listener = (...args: unknown[]) => void

/**
 * Replaces the global timers, `Date` and `AbortSignal.timeout`. Sockets, files and the timers inside of
 * Node stay real, so real HTTP works while no time passes.
 */
export function installVirtualClock(): VirtualClock {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    Date: globalThis.Date,
    timeout: AbortSignal.timeout,
  }
  let time = real.Date.now()
  let numbers = 0
  const timers = new Map<object, Timer>()

  const first = (): Timer | undefined =>
    [...timers.values()].reduce<Timer | undefined>(earlier, undefined)
  const start = (delay: unknown, run: () => void, handle: object): void => {
    const milliseconds = typeof delay === 'number' && delay > 0 ? delay : 0
    timers.set(handle, { run, due: time + milliseconds, number: ++numbers })
  }
  const setTimeout = (listener: Listener, delay?: number, ...args: unknown[]): object => {
    const handle = newHandle((isAgain) => {
      if (isAgain || timers.has(handle)) start(delay, run, handle)
    }, timers)
    const run = (): void => {
      timers.delete(handle)
      listener(...args)
    }
    start(delay, run, handle)
    return handle
  }
  const setInterval = (listener: Listener, delay?: number, ...args: unknown[]): object => {
    const run = (): void => {
      start(delay, run, handle)
      listener(...args)
    }
    const handle = newHandle(() => start(delay, run, handle), timers)
    start(delay, run, handle)
    return handle
  }
  const clear = (handle: unknown): void => {
    if (typeof handle !== 'object' || handle === null) return
    // One that was started before the clock was installed.
    if (!timers.delete(handle)) Reflect.apply(real.clearTimeout, undefined, [handle])
  }
  Object.assign(globalThis, {
    setTimeout,
    setInterval,
    clearTimeout: clear,
    clearInterval: clear,
    Date: datesFrom(real.Date, () => time),
  })
  AbortSignal.timeout = (milliseconds) => {
    const control = new AbortController()
    setTimeout(() => {
      control.abort(new DOMException('The operation timed out', 'TimeoutError'))
    }, milliseconds)
    return control.signal
  }
  return {
    now: () => time,
    untilNext: () => (first()?.due ?? Number.POSITIVE_INFINITY) - time,
    step: () => {
      const next = first()
      if (next === undefined) return false
      time = Math.max(time, next.due)
      next.run()
      return true
    },
    restore: () => {
      const { timeout, ...globals } = real
      Object.assign(globalThis, globals)
      AbortSignal.timeout = timeout
      timers.clear()
    },
  }
}

function earlier(best: Timer | undefined, other: Timer): Timer {
  if (best === undefined) return other
  return other.due < best.due || (other.due === best.due && other.number < best.number)
    ? other
    : best
}

/** What `setTimeout` of Node gives back, as far as libraries use it. */
function newHandle(restart: (isAgain: boolean) => void, timers: Map<object, Timer>): object {
  const handle = {
    ref: () => handle,
    unref: () => handle,
    hasRef: () => true,
    refresh: () => {
      restart(true)
      return handle
    },
    close: () => {
      timers.delete(handle)
      return handle
    },
    [Symbol.dispose]: () => {
      timers.delete(handle)
    },
  }
  return handle
}

function datesFrom(real: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
}
