import { isTransportCode } from '@kontena/core'
import { ArmError, type Cause } from './arm-error.ts'

/** What we know of an error of the SDK or of ARM. Its text is not for people. */
export interface AzureError {
  /** ARM's code, or the error's own name where ARM gave no answer. */
  readonly code: string
  readonly message: string
  /** Node's code, where the request or its answer was lost on the way. */
  readonly transport: string | undefined
  readonly status: number | undefined
  readonly retryAfter: number | undefined
}

/** All that an error tells, the most telling cause first where the caller can rank them. */
export function readAzureErrors(error: Error): readonly AzureError[] {
  if (error instanceof ArmError) {
    const { status, retryAfter } = error
    return error.causes.map((cause) => ({ ...named(cause), status, retryAfter }))
  }
  const failed = /^The long-running operation has failed\. (\w+)\. ?(.*)$/s.exec(error.message)
  if (failed?.[1] !== undefined) return [named({ code: failed[1], message: failed[2] ?? '' })]
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const inner = transportOf(code) ?? transportOf(codeOfCause(error))
  const status =
    'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined
  return [
    {
      code: error.name === 'RestError' ? code || 'UnreadableAnswer' : error.name,
      message: error.message,
      transport: inner,
      status,
      retryAfter: undefined,
    },
  ]
}

function named({ code, message }: Pick<Cause, 'code' | 'message'>): AzureError {
  return { code, message, transport: undefined, status: undefined, retryAfter: undefined }
}

/** What the SDK says where it has no code of Node's. */
const ofSdk = /^(REQUEST_SEND_ERROR|PARSE_ERROR|ERR_STREAM_PREMATURE_CLOSE)$/

function transportOf(code: string): string | undefined {
  return isTransportCode(code) || ofSdk.test(code) ? code : undefined
}

function codeOfCause({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : ''
}
