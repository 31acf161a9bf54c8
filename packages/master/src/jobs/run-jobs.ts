import type { FastifyBaseLogger } from 'fastify'

/** Something that is to be done again and again. */
export interface Job {
  readonly name: string
  /** Milliseconds from the end of one run to the start of the next, and before the first. */
  readonly every: number
  run(): Promise<void>
}

export interface RunningJobs {
  /** Resolves when none runs any more. */
  stop(): Promise<void>
}

/** Each job goes its own way: one that fails is logged, tried again at its next time, and holds up no other. */
export function runJobs(jobs: readonly Job[], log: Pick<FastifyBaseLogger, 'error'>): RunningJobs {
  const timers = new Map<Job, NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let isStopped = false

  const attempt = async (job: Job): Promise<void> => {
    try {
      await job.run()
    } catch (error) {
      log.error({ err: error, job: job.name }, 'job failed')
    }
  }
  const plan = (job: Job): void => {
    if (isStopped) return
    const timer = setTimeout(() => {
      const run = attempt(job).finally(() => {
        running.delete(run)
        plan(job)
      })
      running.add(run)
    }, job.every)
    timers.set(job, timer.unref())
  }
  for (const job of jobs) plan(job)

  return {
    stop: async () => {
      isStopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}
