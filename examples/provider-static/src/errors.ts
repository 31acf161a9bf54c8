import { type FailureCode, ProvisionError } from '@kontena/core'

/** What the inventory says in `error`, and what it means here. */
const codes: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    unauthorized: 'BAD_CREDENTIALS',
    forbidden: 'ACCESS_DENIED',
    unknown: 'NOT_FOUND',
    taken: 'NAME_TAKEN',
    full: 'NO_CAPACITY',
    limit: 'QUOTA_EXCEEDED',
    held: 'BUSY',
    throttled: 'RATE_LIMITED',
    wrong: 'BAD_OPTIONS',
  } as const),
)

const hints: Partial<Record<FailureCode, string>> = {
  BAD_CREDENTIALS: 'check --token or STATIC_TOKEN',
  ACCESS_DENIED: 'ask whoever runs the inventory for that right',
  NOT_FOUND: 'check --site and --rack',
  NAME_TAKEN: 'ask whoever runs the inventory to rename it',
  NO_CAPACITY: 'choose another rack, or a smaller --count',
  QUOTA_EXCEEDED: 'terminate machines first, or ask for a higher limit',
  BAD_OPTIONS: 'check the options of the command',
  RATE_LIMITED: 'wait a minute, then repeat the command',
  UNAVAILABLE: 'check --url and the network, then repeat the command',
}

export interface Refusal {
  /** A noun, as in `wall kontena-blue`. */
  readonly about: string
  readonly status: number
  /** The inventory's own word, where its answer could be read. */
  readonly error: string | undefined
  readonly retryAfter?: string | null
}

/** A refusal as one of our failures. What has no word of the inventory's never came from it. */
export function explain({ about, status, error = '', retryAfter }: Refusal): ProvisionError {
  const code = codes.get(error) ?? (status === 429 ? 'RATE_LIMITED' : 'UNAVAILABLE')
  const seconds = Number(retryAfter ?? Number.NaN)
  return new ProvisionError(code, `the inventory refuses ${about} (${error || `HTTP ${status}`})`, {
    hint: hints[code],
    retryAfter: seconds > 0 ? seconds * 1000 : undefined,
  })
}

/** No answer, or one that cannot be read: nobody knows what the inventory did. */
export function unanswered(about: string, cause: unknown): ProvisionError {
  return new ProvisionError('UNAVAILABLE', `no usable answer from the inventory about ${about}`, {
    hint: hints.UNAVAILABLE,
    cause,
  })
}
