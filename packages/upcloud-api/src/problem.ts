import { z } from 'zod'
import { UpcloudError } from './errors.ts'

/** The older shape, which servers, storages and networks answer with. */
const classicError = z.object({
  error: z.object({ error_code: z.string(), error_message: z.string().default('') }),
})

/** RFC 9457, as the newer parts of the API answer. */
const problemDetails = z.object({
  type: z.string(),
  title: z.string().default(''),
  detail: z.string().optional(),
  correlation_id: z.string().optional(),
  invalid_params: z.array(z.object({ name: z.string(), reason: z.string() })).catch([]),
})

/** What is known of an answer whose status says that the request was refused. */
export interface Refusal {
  readonly status: number
  readonly headers: Headers
  /** As it came: JSON in one of two shapes, a proxy's HTML, or nothing. */
  readonly text: string
  /** The request, as in `GET /1.3/server`. */
  readonly request: string
}

export function readRefusal({ status, headers, text, request }: Refusal): UpcloudError {
  const common = { status, retryAfter: readRetryAfter(headers.get('retry-after')) }
  const body = parseJson(text)
  const classic = classicError.safeParse(body)
  if (classic.success) {
    const { error_code: code, error_message: message } = classic.data.error
    return new UpcloudError(describe(message, code, status), { kind: 'refused', code, ...common })
  }
  const problem = problemDetails.safeParse(body)
  if (problem.success) {
    const { type, title, detail, correlation_id: correlationId } = problem.data
    const code = codeOf(type)
    const invalidParams = problem.data.invalid_params
    const reasons = invalidParams.map(({ name, reason }) => `${name}: ${reason}`)
    const message = [title, ...(detail === undefined ? [] : [detail]), ...reasons].join(' ')
    return new UpcloudError(describe(message, code, status), {
      kind: 'refused',
      code,
      correlationId,
      invalidParams,
      ...common,
    })
  }
  // Something between the API and us speaks here, whose words may be a whole page.
  return new UpcloudError(`${request} was refused (status ${status})`, {
    kind: 'refused',
    ...common,
  })
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `https://…/errors#ERROR_INVALID_REQUEST` is `INVALID_REQUEST`; some endpoints give the bare code. */
function codeOf(type: string): string {
  const fragment = type.includes('#') ? type.slice(type.indexOf('#') + 1) : type
  return fragment.replace(/^ERROR_/, '')
}

function describe(message: string, code: string, status: number): string {
  const text = message.trim().replace(/\.$/, '')
  return `${text === '' ? 'the request was refused' : text} (${code}, status ${status})`
}

/** Seconds or a date, in milliseconds from now. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value.trim())
    ? Number(value) * 1000
    : Date.parse(value) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}
