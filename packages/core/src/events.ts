import type { ProvisionError } from './errors.ts'

/** Where a machine stands on its way to an online node and after it, in the order they are passed. */
export const nodePhases = [
  'requested',
  'starting',
  'running',
  'enrolled',
  'connecting',
  'online',
  'failed',
  'stopping',
  'stopped',
  'terminating',
  'gone',
] as const
export type NodePhase = (typeof nodePhases)[number]

/** What an operation does that is not about one node. */
export type Step = 'preflight' | 'enrolment' | 'firewall' | 'machines' | 'roll-back'

/** What operations tell while they run. Libraries emit these; only the command line prints. */
export type ProvisionEvent =
  | { type: 'order-opened'; order: string; nodes: readonly { name: string; zone: string }[] }
  | { type: 'step'; step: Step; detail?: string }
  /** A step that came to its end in an operation that may still fail, as a clean-up does. */
  | { type: 'step-done'; step: Step }
  | { type: 'node'; name: string; phase: NodePhase; machine?: string; zone?: string }
  /** A retry or wait that a person would wonder about. `milliseconds` until the next try. */
  | { type: 'waiting'; reason: string; milliseconds: number }
  | { type: 'warning'; message: string; hint?: string }
  | { type: 'console'; name: string; lines: readonly string[] }
  | { type: 'node-failed'; name: string; error: ProvisionError }
  | { type: 'settled'; order: string; outcome: string }
  | { type: 'open-order'; order: string; reason: string }

export type Emit = (event: ProvisionEvent) => void
