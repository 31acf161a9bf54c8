import { z } from 'zod'

const onCall = {
  /** The cloud's own word for the call, as in `RunInstances`; every call where absent. */
  action: z.string().min(1).optional(),
  /** Only calls that name this zone. */
  zone: z.string().min(1).optional(),
  /** How often it strikes; until it is removed where absent. */
  times: z.number().int().positive().optional(),
}
/** Dry runs are spared unless this is set, so that a preflight does not use up a fault. */
const dryRun = z.boolean().optional()
const milliseconds = z.number().int().nonnegative()
const onMachine = { zone: onCall.zone, times: onCall.times }

/** Faults that can be asked for over HTTP. */
export const faultBody = z.discriminatedUnion('kind', [
  /** Too many requests, in the cloud's own words; some say after how many seconds to come back. */
  z.strictObject({
    kind: z.literal('throttle'),
    ...onCall,
    dryRun,
    retryAfter: z.number().int().nonnegative().optional(),
  }),
  z.strictObject({
    kind: z.literal('error'),
    ...onCall,
    dryRun,
    code: z.string().min(1),
    message: z.string().default('This is what the sandbox was told to say.'),
    status: z.number().int().min(400).max(599).default(400),
  }),
  /** The connection is dropped before anything happened. */
  z.strictObject({ kind: z.literal('reset'), ...onCall, dryRun }),
  /** The call is carried out, then the connection is dropped. */
  z.strictObject({ kind: z.literal('timeout-after-commit'), ...onCall }),
  /** The credentials lack the right for this call, in dry runs too. */
  z.strictObject({ kind: z.literal('unauthorized'), ...onCall }),
  /** The call waits this long before anything happens, dry run or not. */
  z.strictObject({ kind: z.literal('slow'), ...onCall, delay: milliseconds }),
  /** No such machine is left: in this zone or any, of this type or any, once `after` of them run. */
  z.strictObject({
    kind: z.literal('no-capacity'),
    ...onMachine,
    type: z.string().min(1).optional(),
    after: z.number().int().nonnegative().default(0),
  }),
  /** A machine ends before it ran; the cloud has words of its own where none are given. */
  z.strictObject({
    kind: z.literal('boot-failure'),
    ...onMachine,
    code: z.string().optional(),
    message: z.string().optional(),
  }),
  /** A machine runs and prints this on its console, but its user data never takes effect. */
  z.strictObject({ kind: z.literal('boot-console'), ...onMachine, text: z.string() }),
  /** A machine takes this much longer to go. */
  z.strictObject({ kind: z.literal('slow-terminate'), ...onMachine, delay: milliseconds }),
])

/** Awaited after a change was made and before the reply: a test kills the caller there. */
export interface AfterCommit {
  readonly kind: 'after-commit'
  readonly action?: string | undefined
  readonly zone?: string | undefined
  readonly times?: number | undefined
  readonly hook: (call: FaultyCall) => void | Promise<void>
}

/** A fault as one writes it. */
export type Fault = z.input<typeof faultBody> | AfterCommit
type ArmedFault = z.output<typeof faultBody> | AfterCommit
type FaultKind = ArmedFault['kind']
type FaultOf<Kind extends FaultKind> = Extract<ArmedFault, { kind: Kind }>

/** What a fault is matched against. */
export interface FaultyCall {
  readonly action?: string | undefined
  readonly zone?: string | undefined
  readonly dryRun?: boolean | undefined
}

export interface Faults {
  /** Returns a function that takes this fault away again. */
  add(fault: Fault): () => void
  list(): readonly Fault[]
  clear(): void
}

/** What simulated clouds see: they ask for faults and use them up. */
export interface ArmedFaults extends Faults {
  /** The first fault of this kind that is meant here, used once. */
  take<Kind extends FaultKind>(
    kind: Kind,
    call: FaultyCall,
    fits?: (fault: FaultOf<Kind>) => boolean,
  ): FaultOf<Kind> | undefined
}

export function openFaults(): ArmedFaults {
  let armed: { readonly fault: ArmedFault; left: number }[] = []
  return {
    add(fault) {
      const checked = fault.kind === 'after-commit' ? fault : faultBody.parse(fault)
      const entry = { fault: checked, left: checked.times ?? Number.POSITIVE_INFINITY }
      armed.push(entry)
      return () => {
        armed = armed.filter((other) => other !== entry)
      }
    },
    list: () => armed.map(({ fault }) => fault),
    clear() {
      armed = []
    },
    take(kind, call, fits = () => true) {
      for (const entry of armed) {
        const { fault } = entry
        if (!isOfKind(fault, kind) || !isMeant(fault, call) || !fits(fault)) continue
        entry.left -= 1
        if (entry.left <= 0) armed = armed.filter((other) => other !== entry)
        return fault
      }
      return undefined
    },
  }
}

function isOfKind<Kind extends FaultKind>(fault: ArmedFault, kind: Kind): fault is FaultOf<Kind> {
  return fault.kind === kind
}

function isMeant(fault: ArmedFault, call: FaultyCall): boolean {
  if ('action' in fault && fault.action !== undefined && fault.action !== call.action) return false
  if (fault.zone !== undefined && fault.zone !== call.zone) return false
  const hitsDryRuns = fault.kind === 'unauthorized' || fault.kind === 'slow'
  return !call.dryRun || hitsDryRuns || ('dryRun' in fault && fault.dryRun === true)
}
