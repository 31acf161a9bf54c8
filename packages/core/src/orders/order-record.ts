import { z } from 'zod'

/**
 * The lines of an order's journal. An order is first claimed by the process that works on it, then
 * described; each mutating call is an intent written before it and a result written after it.
 */
const order = z.object({
  type: z.literal('order'),
  version: z.literal(1),
  kind: z.enum(['create', 'terminate']),
  id: z.string(),
  at: z.number(),
  provider: z.string(),
  account: z.object({ id: z.string(), region: z.string() }),
  master: z.object({ uuid: z.string(), url: z.string() }),
  grid: z.string(),
  /** Milliseconds a machine may spend in one phase. */
  timeout: z.number(),
  /** What a create does with machines that never came online. */
  onFailure: z.enum(['rollback', 'keep']).optional(),
  nodes: z.array(
    z.object({
      name: z.string(),
      machine: z.string().optional(),
      /** Its record was there before, and stays whatever comes of the order. */
      replaced: z.boolean().optional(),
      /** Order that made the node, which tells it from a later one of the same name. */
      order: z.string().optional(),
      availability: z.enum(['active', 'drain']).optional(),
    }),
  ),
})
export type OrderRecord = z.infer<typeof order>

const claim = z.object({
  type: z.literal('claim'),
  at: z.number(),
  /** Socket of the claim this one takes over; null for the first. */
  after: z.string().nullable(),
  /** Where the owner listens as long as it lives; also the claim's identity. */
  socket: z.string(),
  host: z.string(),
  pid: z.number(),
})
export type ClaimRecord = z.infer<typeof claim>

const made = z.object({ id: z.string(), name: z.string(), zone: z.string() })

const act = z.discriminatedUnion('call', [
  z.object({ call: z.literal('enrol'), names: z.array(z.string()) }),
  z.object({ call: z.literal('prepare') }),
  z.object({
    call: z.literal('create'),
    zone: z.string(),
    names: z.array(z.string()),
    token: z.string(),
  }),
  z.object({ call: z.literal('drain'), names: z.array(z.string()) }),
  z.object({ call: z.literal('terminate'), ids: z.array(z.string()) }),
  z.object({ call: z.literal('remove-node'), name: z.string() }),
  z.object({ call: z.literal('remove-shared') }),
])
export type Act = z.infer<typeof act>

const intent = z.object({ type: z.literal('intent'), at: z.number(), n: z.number(), act })
export type IntentRecord = z.infer<typeof intent>

const result = z.object({
  type: z.literal('result'),
  at: z.number(),
  n: z.number(),
  machines: z.array(made).optional(),
  /** Code of the failure, where the call is known to have failed. */
  failure: z.string().optional(),
})
export type ResultRecord = z.infer<typeof result>

export const journalRecord = z.discriminatedUnion('type', [order, claim, intent, result])
export type JournalRecord = z.infer<typeof journalRecord>
