import { z } from 'zod'

/** Why a request to the master failed. `unreachable` means that no answer came. */
export type MasterErrorKind =
  | 'unreachable'
  | 'untrusted'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'failed'

/** A request that the master refused, or never answered. The message never holds a token. */
export class MasterError extends Error {
  static {
    MasterError.prototype.name = 'MasterError'
  }
  readonly kind: MasterErrorKind
  /** HTTP status, or undefined where no answer came. */
  readonly status: number | undefined
  /** Messages by field, from a validation error. */
  readonly fields: Readonly<Record<string, string>>

  constructor(
    kind: MasterErrorKind,
    message: string,
    details: ErrorOptions & { status?: number; fields?: Record<string, string> } = {},
  ) {
    super(message, details)
    this.kind = kind
    this.status = details.status
    this.fields = details.fields ?? {}
  }
}

const untrustedCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What the names of the HTTP client mean, which nobody knows; those of the system are known. */
const brokenOff: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'it broke off the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
}

/** No answer came. */
export function unanswered(url: string, error: unknown): MasterError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  const known = code === undefined ? undefined : (brokenOff[code] ?? code)
  const reason =
    error instanceof Error && error.name === 'TimeoutError'
      ? 'no answer in time'
      : (known ?? (cause instanceof Error ? cause.message : String(cause)))
  const kind = code !== undefined && untrustedCodes.has(code) ? 'untrusted' : 'unreachable'
  return new MasterError(kind, `the master at ${url} cannot be reached: ${reason}`, {
    cause: error,
  })
}

const errorBody = z.object({
  error: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  error_description: z.string().nullish(),
  message: z.string().optional(),
})

/** The master said no. */
export function refusal(where: string, status: number, json: unknown): MasterError {
  const body = errorBody.safeParse(json).data ?? {}
  const fields: Record<string, string> = {}
  if (typeof body.error === 'object') {
    for (const [field, message] of Object.entries(body.error)) {
      fields[field] = typeof message === 'string' ? message : JSON.stringify(message)
    }
  }
  const detail =
    body.error_description ??
    (typeof body.error === 'string' ? body.error : undefined) ??
    (Object.values(fields).join('; ') || undefined) ??
    body.message ??
    'no reason given'
  return new MasterError(kindOf(status, body.error), `${where}: ${status}: ${detail}`, {
    status,
    fields,
  })
}

function kindOf(status: number, error: unknown): MasterErrorKind {
  if (status === 401 || (status === 403 && error === 'invalid_token')) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 400 || status === 422) return 'invalid'
  return 'failed'
}
