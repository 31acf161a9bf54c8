/** Milliseconds. */
export interface Pace {
  /** Limit for connecting and for the upgrade. */
  readonly connect: number
  /** Between two pings, and how long the other side has for a pong. */
  readonly ping: number
  readonly pong: number
  /** Limit for the answer to a request. */
  readonly answer: number
  /** Between two publications, after a failed one, and until the first statistics. */
  readonly publish: number
  readonly republish: number
  readonly firstStatistics: number
  /** From a change on this host until it is published, and until a Docker that is gone is looked for. */
  readonly settle: number
  readonly docker: number
  /** Limit for the download of another agent, and until the next try after it failed. */
  readonly download: number
  readonly followAgain: number
}

/** As the 1.5 agent keeps it, which sends its first statistics after a minute and follows nobody. */
export const usualPace: Pace = {
  connect: 10_000,
  ping: 30_000,
  pong: 5_000,
  answer: 30_000,
  publish: 60_000,
  republish: 5_000,
  firstStatistics: 5_000,
  settle: 2_000,
  docker: 5_000,
  download: 60_000,
  followAgain: 300_000,
}
