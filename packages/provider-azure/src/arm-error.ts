import { readRetryAfter } from '@kontena/core'
import { z } from 'zod'

/** One cause that ARM tells. What stands around it, as `DeploymentFailed` does, is none. */
export interface Cause {
  readonly code: string
  /** ARM's own words; they may quote what we sent, so they are matched and not shown. */
  readonly message: string
  /** Id of the resource that it is about, where ARM tells. */
  readonly target: string | undefined
}

/** An answer of ARM that is a refusal. */
export class ArmError extends Error {
  static {
    ArmError.prototype.name = 'ArmError'
  }
  readonly status: number
  /** Innermost first causes; never empty. */
  readonly causes: readonly Cause[]
  /** Milliseconds that ARM said to wait. */
  readonly retryAfter: number | undefined

  constructor(status: number, causes: readonly Cause[], retryAfter?: number) {
    super(`${causes[0]?.code ?? 'Unknown'} (HTTP ${status})`)
    this.status = status
    this.causes = causes
    this.retryAfter = retryAfter
  }
}

interface ErrorBody {
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly target?: string | undefined
  readonly details?: readonly ErrorBody[] | undefined
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)
const errorBody: z.ZodType<ErrorBody> = z.object({
  code: text,
  message: text,
  target: text,
  get details() {
    return z.array(errorBody).optional().catch(undefined)
  },
})

/** Most services wrap the error once; some answer it bare. */
const answer = z.union([z.object({ error: errorBody }).transform(({ error }) => error), errorBody])

/**
 * A refusal from its status, body and `Retry-After`. What tells nothing is told by its status, but for a
 * page, which is not ARM's: a proxy's 404 must not count as a machine that is gone.
 */
export function readRefusal(response: {
  readonly status: number
  readonly body: string | null | undefined
  readonly retryAfter: string | undefined
}): ArmError {
  const { status, body } = response
  const known = readJson(body)
  const causes = known === undefined ? [] : causesOf(known)
  const retryAfter = readRetryAfter(response.retryAfter)
  if (causes.length > 0) return new ArmError(status, causes, retryAfter)
  if (status !== 429 && isForeign(body)) return unreadable(status)
  return new ArmError(
    status,
    [{ code: `HTTP ${status}`, message: '', target: undefined }],
    retryAfter,
  )
}

function isForeign(body: string | null | undefined): boolean {
  return /^\s*</.test(body ?? '')
}

/** An answer that says it is one, and cannot be read: whether the request took effect, nobody knows. */
export function unreadable(status: number): ArmError {
  return new ArmError(status, [{ code: 'UnreadableAnswer', message: '', target: undefined }])
}

/** Codes that only say that something inside failed. */
const wrappers =
  /^(InvalidTemplateDeployment|DeploymentFailed|ResourceDeploymentFailure|DeploymentFailedCleanUp|MultipleErrorsOccurred|BadRequest|Conflict|Failed|NetcfgInvalid)$/

/** Innermost causes of an error, in ARM's order; a message may hold a further error as JSON. */
export function causesOf(error: ErrorBody): Cause[] {
  const inner = [
    ...(error.details ?? []).flatMap(causesOf),
    ...(error.message?.startsWith('{') ? innerOf(error.message) : []),
  ].filter(({ code }) => !wrappers.test(code))
  if (inner.length > 0) {
    return inner.map((cause) => ({ ...cause, target: cause.target ?? error.target }))
  }
  if (error.code === undefined || error.code === '') return []
  return [{ code: error.code, message: error.message ?? '', target: error.target }]
}

function innerOf(message: string): Cause[] {
  const known = readJson(message)
  return known === undefined ? [] : causesOf(known)
}

function readJson(body: string | null | undefined): ErrorBody | undefined {
  try {
    return answer.safeParse(JSON.parse(body ?? '')).data
  } catch {
    return undefined
  }
}
