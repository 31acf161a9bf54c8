import { type FailureCode, isFailure, ProvisionError } from '@kontena/core'
import { ArmError } from './arm-error.ts'
import { type AzureError, readAzureErrors } from './azure-error.ts'
import { describeFailure, type Question } from './explanations.ts'

/**
 * Codes that ARM, its compute and network providers, and the identity library answer with, from their
 * API references and the error tables of other projects. What stands here wins over the HTTP status.
 */
const codes: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    CredentialUnavailableError: 'NO_CREDENTIALS',
    AuthenticationRequiredError: 'NO_CREDENTIALS',
    AggregateAuthenticationError: 'NO_CREDENTIALS',
    ExpiredAuthenticationToken: 'NO_CREDENTIALS',
    AuthenticationError: 'BAD_CREDENTIALS',
    AuthenticationFailed: 'BAD_CREDENTIALS',
    AuthenticationFailedInvalidHeader: 'BAD_CREDENTIALS',
    InvalidAuthenticationToken: 'BAD_CREDENTIALS',
    InvalidAuthenticationTokenAudience: 'BAD_CREDENTIALS',
    InvalidAuthenticationTokenTenant: 'BAD_CREDENTIALS',
    AuthorizationFailed: 'ACCESS_DENIED',
    LinkedAuthorizationFailed: 'ACCESS_DENIED',
    LinkedAccessCheckFailed: 'ACCESS_DENIED',
    RequestDisallowedByPolicy: 'ACCESS_DENIED',
    DisallowedByPolicy: 'ACCESS_DENIED',
    ScopeLocked: 'ACCESS_DENIED',
    ReadOnlyDisabledSubscription: 'ACCOUNT_NOT_READY',
    SubscriptionNotRegistered: 'ACCOUNT_NOT_READY',
    MissingSubscriptionRegistration: 'ACCOUNT_NOT_READY',
    NoRegisteredProviderFound: 'ACCOUNT_NOT_READY',
    MarketplacePurchaseEligibilityFailed: 'ACCOUNT_NOT_READY',
    ResourcePurchaseValidationFailed: 'ACCOUNT_NOT_READY',
    ResourcePurchaseCanceled: 'ACCOUNT_NOT_READY',
    VMMarketplaceInvalidInput: 'ACCOUNT_NOT_READY',
    SubscriptionNotFound: 'NOT_FOUND',
    InvalidSubscriptionId: 'BAD_OPTIONS',
    ResourceNotFound: 'NOT_FOUND',
    ResourceGroupNotFound: 'NOT_FOUND',
    ParentResourceNotFound: 'NOT_FOUND',
    DeploymentNotFound: 'NOT_FOUND',
    PlatformImageNotFound: 'NOT_FOUND',
    ImageNotFound: 'NOT_FOUND',
    ArtifactNotFound: 'NOT_FOUND',
    NotFound: 'NOT_FOUND',
    LocationNotAvailableForResourceType: 'BAD_OPTIONS',
    NoAvailableLocation: 'BAD_OPTIONS',
    PropertyChangeNotAllowed: 'BAD_OPTIONS',
    InvalidParameter: 'BAD_OPTIONS',
    InvalidResourceLocation: 'NAME_TAKEN',
    InvalidResourceGroupLocation: 'NAME_TAKEN',
    TooManyRequests: 'RATE_LIMITED',
    SubscriptionRequestsThrottled: 'RATE_LIMITED',
    OperationNotAllowedDueToThrottling: 'RATE_LIMITED',
    ResourceCollectionRequestsThrottled: 'RATE_LIMITED',
    SkuNotAvailable: 'NO_CAPACITY',
    AllocationFailed: 'NO_CAPACITY',
    ZonalAllocationFailed: 'NO_CAPACITY',
    OverconstrainedAllocationRequest: 'NO_CAPACITY',
    OverconstrainedZonalAllocationRequest: 'NO_CAPACITY',
    SubnetIsFull: 'NO_CAPACITY',
    SubnetIsOutOfCapacity: 'NO_CAPACITY',
    QuotaExceeded: 'QUOTA_EXCEEDED',
    ResourceQuotaExceeded: 'QUOTA_EXCEEDED',
    PublicIPCountLimitReached: 'QUOTA_EXCEEDED',
    IPv4StandardSkuPublicIpCountLimitReached: 'QUOTA_EXCEEDED',
    SpendingLimitReached: 'QUOTA_EXCEEDED',
    AnotherOperationInProgress: 'BUSY',
    OperationPreempted: 'BUSY',
    PreconditionFailed: 'BUSY',
    RetryableError: 'BUSY',
    RetryableErrorDueToAnotherOperation: 'BUSY',
    ReferencedResourceNotProvisioned: 'BUSY',
    ResourceGroupBeingDeleted: 'BUSY',
    SecurityRuleConflict: 'BUSY',
    DeploymentActive: 'BUSY',
    NicInUse: 'BUSY',
    NicReservedForAnotherVm: 'BUSY',
    PublicIPAddressCannotBeDeleted: 'BUSY',
    PublicIPAddressInUse: 'BUSY',
    InUseSubnetCannotBeDeleted: 'BUSY',
    InUseNetworkSecurityGroupCannotBeDeleted: 'BUSY',
    ApplicationSecurityGroupInUse: 'BUSY',
    InUseApplicationSecurityGroupCannotBeDeleted: 'BUSY',
    DiskAttached: 'BUSY',
    TimeoutError: 'UNAVAILABLE',
    // The SDK's own word for a request that it gave up; one that the caller cut off does not come here.
    AbortError: 'UNAVAILABLE',
    UnreadableAnswer: 'UNAVAILABLE',
    InternalServerError: 'UNAVAILABLE',
    InternalExecutionError: 'UNAVAILABLE',
    ServiceUnavailable: 'UNAVAILABLE',
    ServerTimeout: 'UNAVAILABLE',
    GatewayTimeout: 'UNAVAILABLE',
  } as const),
)

/** Families of codes, read where the table has no entry. */
const families: readonly (readonly [RegExp, FailureCode])[] = [
  [/(Throttled|Throttling)$/, 'RATE_LIMITED'],
  [/(LimitReached|LimitExceeded|QuotaExceeded)$/, 'QUOTA_EXCEEDED'],
  [/AllocationFailed$/, 'NO_CAPACITY'],
  [/(InUse|CannotBeDeleted|BeingDeleted|InProgress)$/, 'BUSY'],
  [/NotFound$/, 'NOT_FOUND'],
]

/** Of several causes, the one that says what to do. */
const ranks: readonly FailureCode[] = [
  'NO_CREDENTIALS',
  'BAD_CREDENTIALS',
  'ACCESS_DENIED',
  'ACCOUNT_NOT_READY',
  'QUOTA_EXCEEDED',
  'NO_CAPACITY',
]

/**
 * An error of the SDK as one of ours, with the original as its cause. What is none of the SDK's comes
 * back as it is, since it is a bug.
 */
export function explain(error: unknown, question: Question): unknown {
  if (isFailure(error) || !(error instanceof Error)) return error
  const known = readAzureErrors(error).map((one) => ({ error: one, code: codeOf(one) }))
  const [first] = known.toSorted((a, b) => rank(a.code) - rank(b.code))
  if (first?.code === undefined) return error
  const { message, hint } = describeFailure({ code: first.code, error: first.error, question })
  const { retryAfter } = first.error
  return new ProvisionError(first.code, message, { hint, retryAfter, cause: error })
}

/** Whether a failure of ours came from one of these ARM codes. */
export function isAzureError(error: unknown, ...names: readonly string[]): boolean {
  return (
    isFailure(error) &&
    error.cause instanceof Error &&
    readAzureErrors(error.cause).some(({ code }) => names.includes(code))
  )
}

/** Whether ARM said that a resource, or what it was in, is not there. */
export function isMissing(error: unknown): boolean {
  if (!isFailure(error, 'NOT_FOUND') || !(error.cause instanceof ArmError)) return false
  return error.cause.status === 404
}

function rank(code: FailureCode | undefined): number {
  const index = code === undefined ? -1 : ranks.indexOf(code)
  return index === -1 ? ranks.length : index
}

/** Also for the code of a machine that came to nothing, which has no status. */
export function codeOf(error: AzureError): FailureCode | undefined {
  const { code, message, status, transport } = error
  // One code for quotas, locks and wrong options; the text tells them apart.
  if (code === 'OperationNotAllowed') {
    if (/quota|exceed/i.test(message)) return 'QUOTA_EXCEEDED'
    return /marked for deletion|in progress|being (deleted|updated)/i.test(message)
      ? 'BUSY'
      : 'BAD_OPTIONS'
  }
  const listed = codes.get(code) ?? families.find(([family]) => family.test(code))?.[1]
  if (listed !== undefined) return listed
  if (transport !== undefined) return 'UNAVAILABLE'
  return status === undefined ? undefined : codeOfStatus(status)
}

function codeOfStatus(status: number): FailureCode {
  if (status === 401) return 'BAD_CREDENTIALS'
  if (status === 403) return 'ACCESS_DENIED'
  if (status === 404) return 'NOT_FOUND'
  if (status === 409 || status === 412) return 'BUSY'
  if (status === 429) return 'RATE_LIMITED'
  // An answer of 2xx that cannot be read is as good as none; 408 says that none came in time.
  return status >= 400 && status < 500 && status !== 408 ? 'BAD_OPTIONS' : 'UNAVAILABLE'
}
