/** A way to run the agents that machines downloaded. */
export interface AgentRunner {
  /**
   * Keeps an agent running as systemd would, starting it again when it ends, until the signal is
   * aborted; resolves once it is gone.
   */
  run(agent: InstalledAgent, signal: AbortSignal): Promise<void>
  /** Ends what agents share. */
  close(): Promise<void>
}

export interface InstalledAgent {
  /** Stands for `/` of its machine. */
  readonly root: string
  /** The downloaded `agent.mjs`. */
  readonly file: string
  readonly environment: Readonly<Record<string, string>>
}

/** Between the end of an agent and its next start; 5 s on a real machine. */
export const restartDelay = 1000
