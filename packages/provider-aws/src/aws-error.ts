import { isTransportCode } from '@kontena/core'
import { z } from 'zod'

/** What we know of an error of the SDK. Its text is not for people: it may quote the request. */
export interface AwsError {
  readonly name: string
  readonly message: string
  /** Node's code, where the request or its answer was lost on the way. */
  readonly transport: string | undefined
  readonly status: number | undefined
  /** The answer's time is minutes off this computer's. */
  readonly isClockWrong: boolean
}

const errorMetadata = z.object({
  httpStatusCode: z.number().optional(),
  clockSkewCorrected: z.boolean().optional(),
})

export function readAwsError(error: Error): AwsError {
  const metadata = errorMetadata.safeParse('$metadata' in error ? error.$metadata : undefined).data
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return {
    name: error.name,
    message: error.message,
    transport: isTransportCode(code) ? code : undefined,
    status: metadata?.httpStatusCode,
    isClockWrong: metadata?.clockSkewCorrected === true,
  }
}
