import { type AgentHealth, agentHealth, type RpcError } from '@kontena/protocol'
import type { z } from 'zod'

/** A question to an agent, and what an answer to it has to look like. */
export interface AgentCall<T> {
  readonly method: string
  readonly params: readonly unknown[]
  readonly result: z.ZodType<T>
}

/** All that the master asks of agents. */
export const agentCalls: { readonly health: AgentCall<AgentHealth> } = {
  health: { method: '/etcd/health', params: [], result: agentHealth },
}

/** What came of a question. */
export type AgentAnswer<T> =
  | { outcome: 'answered'; result: T }
  /** The agent said why it has no answer, or gave one that makes no sense. */
  | { outcome: 'failed'; error: RpcError }
  | { outcome: 'silent' }
  /** No agent of the node is connected, or it left before it answered. */
  | { outcome: 'disconnected' }
  /** Too many questions wait for this agent. */
  | { outcome: 'busy' }

export interface AskOptions {
  /** Milliseconds the agent has for its answer. */
  readonly timeout: number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
}
