/** Timers that end together. */
export interface Schedule {
  /** Does nothing once the schedule is closed: a slow call may come back later than that. */
  after(milliseconds: number, act: () => void): void
  close(): void
}

export function openSchedule(): Schedule {
  const timers = new Set<NodeJS.Timeout>()
  let isClosed = false
  return {
    after(milliseconds, act) {
      if (isClosed) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, milliseconds)
      timers.add(timer)
    },
    close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
