import { isFailure, ProvisionError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Call, ChoiceQuestion, ProviderSession } from './provider.ts'
import { longestWait, type RateBudget } from './rate-budget.ts'
import { sleep } from './wait.ts'

const firstDelay = 1_000
const longestDelay = 30_000
/** A shorter wait is over before a person has read of it. */
const shownFrom = 5_000
/** Milliseconds that a call may take to fail before a person wonders. */
const noticed = 10_000
/** How often a call is made altogether: a throttled one never happened and may wait long. */
const attempts = { RATE_LIMITED: 8, UNAVAILABLE: 4, BUSY: 8 } as const

/**
 * A session whose calls are made again where that is safe: after throttling always, after no answer
 * where the method is repeat-safe. `create` is repeated after no answer only where the cloud
 * recognizes its token.
 */
export function withRetries(
  session: ProviderSession,
  options: { idempotentCreate: boolean; emit: Emit; rate: RateBudget; random?: () => number },
): ProviderSession {
  const repeat = retrier(options, options.random ?? Math.random)
  const always = { onUnavailable: true }
  const { count, restart, start, stop, login, nameMachines, consoleLog, choices } = session
  return {
    account: (call) => repeat(call, always, () => session.account(call)),
    ...(count && {
      count: (call: Call) => repeat(call, always, () => count.call(session, call)),
    }),
    preflight: (order, call) => repeat(call, always, () => session.preflight(order, call)),
    zones: (call) => repeat(call, always, () => session.zones(call)),
    prepare: (order, call) =>
      repeat(call, { ...always, onBusy: true }, () => session.prepare(order, call)),
    create: (batch, call) =>
      repeat(
        call,
        { onUnavailable: options.idempotentCreate },
        keepingDoubt(() => session.create(batch, call)),
      ),
    find: (query, call) => repeat(call, always, () => session.find(query, call)),
    terminate: (ids, call) => repeat(call, always, () => session.terminate(ids, call)),
    removeShared: (owner, call) => repeat(call, always, () => session.removeShared(owner, call)),
    ...(restart && {
      restart: (ids: readonly string[], call: Call) =>
        repeat(call, { onUnavailable: false, onBusy: true }, () =>
          restart.call(session, ids, call),
        ),
    }),
    ...(start && {
      start: (ids: readonly string[], call: Call) =>
        repeat(call, { ...always, onBusy: true }, () => start.call(session, ids, call)),
    }),
    ...(stop && {
      stop: (ids: readonly string[], call: Call) =>
        repeat(call, { ...always, onBusy: true }, () => stop.call(session, ids, call)),
    }),
    ...(login && {
      login: (id: string, call: Call) => repeat(call, always, () => login.call(session, id, call)),
    }),
    ...(nameMachines && {
      nameMachines: (machines: readonly { id: string; name: string }[], call: Call) =>
        repeat(call, { ...always, onBusy: true }, () => nameMachines.call(session, machines, call)),
    }),
    ...(consoleLog && {
      consoleLog: (id: string, call: Call) => consoleLog.call(session, id, call),
    }),
    ...(choices && {
      choices: (question: ChoiceQuestion, call: Call) =>
        repeat(call, always, () => choices.call(session, question, call)),
    }),
  }
}

/**
 * Once a call got no answer, its repeat failing tells nothing of the first, which may have happened.
 * Only an answer about room does: the cloud gives it after it has looked for the token.
 */
function keepingDoubt<T>(make: () => Promise<T>): () => Promise<T> {
  let isInDoubt = false
  return async () => {
    try {
      return await make()
    } catch (error) {
      if (isFailure(error, 'UNAVAILABLE')) isInDoubt = true
      else if (
        isInDoubt &&
        isFailure(error) &&
        !isFailure(error, 'NO_CAPACITY', 'QUOTA_EXCEEDED')
      ) {
        const { message, hint, retryAfter } = error
        throw new ProvisionError('UNAVAILABLE', message, { cause: error, hint, retryAfter })
      }
      throw error
    }
  }
}

interface RetryPolicy {
  /** The call may be made again when its answer never came. */
  readonly onUnavailable: boolean
  /** The cloud does not see yet what has just been made, or is still at work on it. */
  readonly onBusy?: boolean
}

function retrier({ emit, rate }: { emit: Emit; rate: RateBudget }, random: () => number) {
  const tell = (error: ProvisionError, milliseconds: number, startedAt: number): void => {
    // The cloud refuses the others of this command just as well; the wait of all is told once.
    if (error.code === 'RATE_LIMITED') rate.pause(milliseconds, error.message)
    else if (milliseconds >= shownFrom) {
      emit({ type: 'waiting', reason: error.message, milliseconds })
    } else if (Date.now() - startedAt >= noticed) {
      emit({ type: 'warning', message: `${error.message}; asking again` })
    }
  }
  return async <T>(call: Call, policy: RetryPolicy, make: () => Promise<T>): Promise<T> => {
    const failed = { RATE_LIMITED: 0, UNAVAILABLE: 0, BUSY: 0 }
    for (let attempt = 1; ; attempt++) {
      const startedAt = Date.now()
      try {
        return await make()
      } catch (error) {
        if (isWaitTooLong(error)) rate.pause(error.retryAfter)
        if (isWaitTooLong(error) || !isRetryable(error, failed, policy)) throw withWayOn(error)
        const milliseconds = delay(attempt, error, random)
        tell(error, milliseconds, startedAt)
        await sleep(milliseconds, call.signal)
      }
    }
  }
}

/** The cloud asks for more patience than a command has; none of its other calls is sent either. */
function isWaitTooLong(error: unknown): error is ProvisionError & { readonly retryAfter: number } {
  return isFailure(error, 'RATE_LIMITED') && (error.retryAfter ?? 0) > longestWait
}

/** A person who is told to wait also learns how long, and what else helps. */
function withWayOn(error: unknown): unknown {
  if (!isFailure(error, 'RATE_LIMITED') || error.hint !== undefined) return error
  const { message, retryAfter } = error
  const time = retryAfter === undefined ? 'a while' : `${Math.ceil(retryAfter / 60_000)} min`
  return new ProvisionError('RATE_LIMITED', message, {
    hint: `try again in ${time}, or use credentials of their own for what else asks so much`,
    retryAfter,
    cause: error,
  })
}

/** Counts each kind of failure by itself: having been throttled is no reason to give up on a lost answer. */
function isRetryable(
  error: unknown,
  failed: Record<keyof typeof attempts, number>,
  { onUnavailable, onBusy }: RetryPolicy,
): error is ProvisionError {
  if (isFailure(error, 'RATE_LIMITED')) return ++failed.RATE_LIMITED < attempts.RATE_LIMITED
  if (isFailure(error, 'BUSY')) return onBusy === true && ++failed.BUSY < attempts.BUSY
  return (
    onUnavailable && isFailure(error, 'UNAVAILABLE') && ++failed.UNAVAILABLE < attempts.UNAVAILABLE
  )
}

/** Full jitter below a doubling bound; never earlier than the cloud asked for. */
function delay(attempt: number, error: ProvisionError, random: () => number): number {
  const bound = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1))
  return Math.max(error.retryAfter ?? 0, Math.round(random() * bound))
}
