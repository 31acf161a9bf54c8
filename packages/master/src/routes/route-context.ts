import type { AgentAnswer, AgentCall, AskOptions } from '../gateway/agent-calls.ts'
import type { FailureLimit } from '../http/failure-limit.ts'
import type { Store } from '../store/store.ts'

/** What routes need of the gateway that holds the agents' connections. */
export interface AgentConnections {
  /** Closes the connection of a node whose record is gone. */
  remove(key: string): void
  /** The same for one whose record is another machine's from now on: the agent ends as well. */
  replace(key: string): void
  /** Closes the connection of a node that may connect again, if its token is still good. */
  disconnect(key: string): void
  /** Tells the agents of a grid, soon, what they should know about each other. */
  announce(grid: string): void
  /** Asks the agent of a node. Rejects only with the reason of the signal. */
  ask<T>(key: string, call: AgentCall<T>, options: AskOptions): Promise<AgentAnswer<T>>
}

export interface RouteContext {
  readonly store: Store
  readonly clock: () => Date
  readonly limit: FailureLimit
  readonly agents: AgentConnections
  readonly uuid: string
  /** Where machines and people reach this master, where it was told. */
  readonly publicUrl: string | undefined
}
