/** Timers that end together. */
export interface Schedule {
  after(milliseconds: number, act: () => void): void
  close(): void
}

export function openSchedule(): Schedule {
  const timers = new Set<NodeJS.Timeout>()
  return {
    after(milliseconds, act) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, milliseconds)
      timers.add(timer)
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
