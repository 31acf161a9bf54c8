import { type FailureCode, isFailure, ProvisionError } from '@kontena/core'
import { type AwsError, readAwsError } from './aws-error.ts'
import { describeFailure, type Question } from './explanations.ts'

/**
 * Codes that AWS answers with, from the EC2 API reference, the error tables of other projects and
 * recorded answers. What stands here wins over the HTTP status: a lack of capacity comes with 500.
 */
const codes: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    CredentialsProviderError: 'NO_CREDENTIALS',
    TokenProviderError: 'NO_CREDENTIALS',
    ExpiredToken: 'NO_CREDENTIALS',
    ExpiredTokenException: 'NO_CREDENTIALS',
    RequestExpired: 'NO_CREDENTIALS',
    AuthFailure: 'BAD_CREDENTIALS',
    InvalidClientTokenId: 'BAD_CREDENTIALS',
    InvalidAccessKeyId: 'BAD_CREDENTIALS',
    UnrecognizedClientException: 'BAD_CREDENTIALS',
    SignatureDoesNotMatch: 'BAD_CREDENTIALS',
    InvalidSignatureException: 'BAD_CREDENTIALS',
    IncompleteSignature: 'BAD_CREDENTIALS',
    MissingAuthenticationToken: 'BAD_CREDENTIALS',
    UnauthorizedOperation: 'ACCESS_DENIED',
    AccessDenied: 'ACCESS_DENIED',
    AccessDeniedException: 'ACCESS_DENIED',
    OperationNotPermitted: 'ACCESS_DENIED',
    OptInRequired: 'ACCOUNT_NOT_READY',
    PendingVerification: 'ACCOUNT_NOT_READY',
    Blocked: 'ACCOUNT_NOT_READY',
    RequestLimitExceeded: 'RATE_LIMITED',
    RequestThrottled: 'RATE_LIMITED',
    EC2ThrottledException: 'RATE_LIMITED',
    Throttling: 'RATE_LIMITED',
    ThrottlingException: 'RATE_LIMITED',
    TooManyRequestsException: 'RATE_LIMITED',
    InsufficientInstanceCapacity: 'NO_CAPACITY',
    InsufficientHostCapacity: 'NO_CAPACITY',
    InsufficientReservedInstanceCapacity: 'NO_CAPACITY',
    InsufficientCapacityOnHost: 'NO_CAPACITY',
    InsufficientAddressCapacity: 'NO_CAPACITY',
    InsufficientFreeAddressesInSubnet: 'NO_CAPACITY',
    InsufficientVolumeCapacity: 'NO_CAPACITY',
    UnfulfillableCapacity: 'NO_CAPACITY',
    Unsupported: 'NO_CAPACITY',
    VcpuLimitExceeded: 'QUOTA_EXCEEDED',
    InstanceLimitExceeded: 'QUOTA_EXCEEDED',
    MaxSpotInstanceCountExceeded: 'QUOTA_EXCEEDED',
    IncorrectInstanceState: 'BUSY',
    IncorrectState: 'BUSY',
    DependencyViolation: 'BUSY',
    'InvalidGroup.InUse': 'BUSY',
    ConcurrentTagAccess: 'BUSY',
    'InvalidGroup.Duplicate': 'NAME_TAKEN',
    'InvalidKeyPair.Duplicate': 'NAME_TAKEN',
    'InvalidPermission.Duplicate': 'NAME_TAKEN',
    InvalidInstanceType: 'NOT_FOUND',
    ParameterNotFound: 'NOT_FOUND',
    // The first request with the token took effect, which this answer says no more of.
    IdempotentInstanceTerminated: 'UNAVAILABLE',
    IdempotentParameterMismatch: 'UNAVAILABLE',
    InternalError: 'UNAVAILABLE',
    InternalFailure: 'UNAVAILABLE',
    InternalServerError: 'UNAVAILABLE',
    ServiceUnavailable: 'UNAVAILABLE',
    Unavailable: 'UNAVAILABLE',
    TimeoutError: 'UNAVAILABLE',
    UnreadableAnswer: 'UNAVAILABLE',
  } as const),
)

/** Families of codes, read where the table has no entry. */
const families: readonly (readonly [RegExp, FailureCode])[] = [
  [/\.NotFound$/, 'NOT_FOUND'],
  [/LimitExceeded$/, 'QUOTA_EXCEEDED'],
  [/^Insufficient.*Capacity/, 'NO_CAPACITY'],
]

/**
 * An error of the SDK as one of ours, with the original as its cause. What is none of the SDK's comes
 * back as it is, since it is a bug.
 */
export function explain(error: unknown, question: Question, profile?: string): unknown {
  if (isFailure(error) || !(error instanceof Error)) return error
  const known = readAwsError(error)
  if (/^Region (is missing|not accepted)/.test(known.message)) {
    return new ProvisionError('BAD_OPTIONS', 'no usable AWS region is set', {
      hint: 'give --region, as in --region eu-west-1, or set AWS_REGION',
      cause: error,
    })
  }
  const code = codeOf(known)
  if (code === undefined) return error
  const { message, hint } = describeFailure({ code, error: known, question, profile })
  return new ProvisionError(code, message, { hint, cause: error })
}

/** Whether a failure of ours came from one of these AWS codes. */
export function isAwsError(error: unknown, ...names: readonly string[]): boolean {
  return isFailure(error) && error.cause instanceof Error && names.includes(error.cause.name)
}

/** Whether no such host is known: an unknown region, or no network. */
export function isUnknownHost(error: unknown): boolean {
  return (
    isFailure(error) &&
    error.cause instanceof Error &&
    readAwsError(error.cause).transport === 'ENOTFOUND'
  )
}

function codeOf(error: AwsError): FailureCode | undefined {
  const listed = codes.get(error.name) ?? families.find(([family]) => family.test(error.name))?.[1]
  // The SDK has learned the time from the refusal, so that the same call may be accepted now.
  if (error.isClockWrong && isRefusedSignature(error.name)) return 'UNAVAILABLE'
  if (listed !== undefined) return listed
  if (error.transport !== undefined) return 'UNAVAILABLE'
  if (error.status === undefined) return undefined
  if (error.status === 429) return 'RATE_LIMITED'
  // AWS says what is unknown by a code with 400; a 404 without one is something on the way.
  if (error.status === 404) return 'UNAVAILABLE'
  // A refusal is 4xx; an answer of 2xx that cannot be read is as good as none.
  return error.status >= 400 && error.status < 500 ? 'BAD_OPTIONS' : 'UNAVAILABLE'
}

/** EC2 says any of this to a request that is signed minutes off its own time. */
function isRefusedSignature(name: string): boolean {
  return name === 'RequestExpired' || codes.get(name) === 'BAD_CREDENTIALS'
}
