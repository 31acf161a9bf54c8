/** Ctrl-C ended what has no end of its own: nothing failed, and there is nothing to say. Ends with 130. */
export class FollowEnded extends Error {
  static {
    FollowEnded.prototype.name = 'FollowEnded'
  }
}

/** Runs what goes on until Ctrl-C. */
export async function untilCtrlC<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw signal.aborted && error === signal.reason ? new FollowEnded() : error
  }
}
