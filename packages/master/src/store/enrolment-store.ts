import type { MachineIdentity } from '@kontena/protocol'
import type { Actor, NodeRecord } from './records.ts'

export interface EnrolmentNode {
  readonly name: string
  readonly labels: readonly string[]
  /**
   * The node is there already, and gets another machine and these labels; name and number stay. `offline`:
   * only where its agent is not connected.
   */
  readonly replace?: 'offline' | 'always' | undefined
}

export interface NewEnrolment {
  readonly grid: string
  readonly order: string
  readonly secretHash: string
  readonly expiresAt: Date
  readonly nodes: readonly EnrolmentNode[]
}

export interface EnrolledMachine {
  readonly secretHash: string
  readonly name: string
  readonly tokenHash: string
  readonly machine: MachineIdentity
  readonly hostKeys: readonly string[]
  /** The account that an SSH key opens. */
  readonly sshUser: string | undefined
}

export type CreateEnrolmentResult =
  | { outcome: 'created' | 'repeated'; expiresAt: Date; nodes: NodeRecord[] }
  | { outcome: 'names-taken'; names: string[] }
  | { outcome: 'grid-full'; free: number }
  /** Of nodes to be replaced: they do not exist, are connected, or wait for the machine of another order. */
  | { outcome: 'names-missing' | 'connected' | 'awaited'; names: string[] }
  | { outcome: 'no-grid' | 'other-order' }

/**
 * `repeated`: this machine has the name already, with the same token.
 * `machine-taken`: another node runs on the machine that this one says it is.
 * `invalid`: no such secret, a dead one, or a name or order that is not the secret's; not told apart.
 */
export type EnrolResult =
  | { outcome: 'enrolled' | 'repeated' | 'name-taken' | 'machine-taken'; grid: string }
  | { outcome: 'invalid' | 'token-taken' }

export interface EnrolmentStore {
  /** Makes all nodes and the secret, or nothing. The same order with the same secret changes nothing. */
  createEnrolment(enrolment: NewEnrolment, actor: Actor, now: Date): Promise<CreateEnrolmentResult>
  /** The secret is dead when this resolves. An unknown order is no error. Nodes stay. */
  endEnrolment(grid: string, order: string, actor: Actor, now: Date): Promise<void>
  /** Forgets secrets that were dead by then; of an order that is this old nobody asks any more. */
  forgetEnrolments(deadBefore: Date): Promise<void>
  enrol(machine: EnrolledMachine, actor: Actor, now: Date): Promise<EnrolResult>
}
