export interface GatheredWork<T> {
  /** Done together with what comes in the meantime; once, however often it is added. */
  add(item: T): void
  stop(): void
}

export interface GatheringOptions {
  /** Milliseconds that work waits for more of it. */
  readonly delay: number
  onFailure(error: unknown): void
}

/** How many times as long as a round took it is until the next. */
const rest = 9

/** Does work in rounds that gather what comes, and that together take a tenth of the time at most. */
export function gatheredWork<T>(
  work: (items: ReadonlySet<T>) => Promise<void>,
  { delay, onFailure }: GatheringOptions,
): GatheredWork<T> {
  let waiting = new Set<T>()
  let timer: NodeJS.Timeout | undefined
  let isWorking = false
  let notBefore = 0

  function plan(): void {
    if (timer !== undefined || isWorking || waiting.size === 0) return
    timer = setTimeout(() => void round(), Math.max(delay, notBefore - performance.now()))
    timer.unref()
  }

  async function round(): Promise<void> {
    const items = waiting
    const start = performance.now()
    waiting = new Set()
    timer = undefined
    isWorking = true
    await work(items).catch(onFailure)
    isWorking = false
    const end = performance.now()
    notBefore = end + rest * (end - start)
    plan()
  }

  return {
    add: (item) => {
      waiting.add(item)
      plan()
    },
    stop: () => {
      waiting = new Set()
      clearTimeout(timer)
    },
  }
}
