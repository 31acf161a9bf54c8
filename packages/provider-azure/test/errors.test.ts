import { isFailure } from '@kontena/core'
import { describe, expect, test } from 'vitest'
import { type ArmError, readRefusal } from '../src/arm-error.ts'
import { explain, isAzureError, isMissing } from '../src/errors.ts'

const question = {
  action: 'Microsoft.Compute/virtualMachines/write',
  about: '2 Standard_B2s machines in westeurope-1',
}

function refusal(status: number, body: unknown, retryAfter?: string): ArmError {
  return readRefusal({ status, body: JSON.stringify(body), retryAfter })
}

function explained(error: unknown) {
  const failure = explain(error, question)
  if (!isFailure(failure)) throw new Error('not explained')
  return failure
}

function named(name: string, message = 'text', more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more })
}

describe('a refusal of ARM is told as what it means', () => {
  test.each([
    [401, 'InvalidAuthenticationToken', 'BAD_CREDENTIALS'],
    [401, 'ExpiredAuthenticationToken', 'NO_CREDENTIALS'],
    [401, 'InvalidAuthenticationTokenTenant', 'BAD_CREDENTIALS'],
    [401, 'SomethingNew', 'BAD_CREDENTIALS'],
    [403, 'AuthorizationFailed', 'ACCESS_DENIED'],
    [403, 'LinkedAuthorizationFailed', 'ACCESS_DENIED'],
    [403, 'RequestDisallowedByPolicy', 'ACCESS_DENIED'],
    [409, 'ScopeLocked', 'ACCESS_DENIED'],
    [403, 'SomethingNew', 'ACCESS_DENIED'],
    [409, 'MissingSubscriptionRegistration', 'ACCOUNT_NOT_READY'],
    [409, 'ReadOnlyDisabledSubscription', 'ACCOUNT_NOT_READY'],
    [400, 'MarketplacePurchaseEligibilityFailed', 'ACCOUNT_NOT_READY'],
    [404, 'SubscriptionNotFound', 'NOT_FOUND'],
    [404, 'ResourceNotFound', 'NOT_FOUND'],
    [404, 'ResourceGroupNotFound', 'NOT_FOUND'],
    [404, 'PlatformImageNotFound', 'NOT_FOUND'],
    [404, 'SomethingNew', 'NOT_FOUND'],
    [409, 'InvalidResourceGroupLocation', 'NAME_TAKEN'],
    [429, 'TooManyRequests', 'RATE_LIMITED'],
    [429, 'SomethingNew', 'RATE_LIMITED'],
    [409, 'SkuNotAvailable', 'NO_CAPACITY'],
    [409, 'AllocationFailed', 'NO_CAPACITY'],
    [409, 'ZonalAllocationFailed', 'NO_CAPACITY'],
    [409, 'OverconstrainedZonalAllocationRequest', 'NO_CAPACITY'],
    [400, 'SubnetIsFull', 'NO_CAPACITY'],
    [400, 'QuotaExceeded', 'QUOTA_EXCEEDED'],
    [400, 'PublicIPCountLimitReached', 'QUOTA_EXCEEDED'],
    [409, 'AnotherOperationInProgress', 'BUSY'],
    [400, 'NicReservedForAnotherVm', 'BUSY'],
    [400, 'NicInUse', 'BUSY'],
    [400, 'PublicIPAddressCannotBeDeleted', 'BUSY'],
    [400, 'InUseSubnetCannotBeDeleted', 'BUSY'],
    [400, 'InUseNetworkSecurityGroupCannotBeDeleted', 'BUSY'],
    [429, 'RetryableError', 'BUSY'],
    [409, 'ResourceGroupBeingDeleted', 'BUSY'],
    [412, 'PreconditionFailed', 'BUSY'],
    [409, 'SomethingNew', 'BUSY'],
    [400, 'InvalidParameter', 'BAD_OPTIONS'],
    [409, 'PropertyChangeNotAllowed', 'BAD_OPTIONS'],
    [400, 'SomethingNew', 'BAD_OPTIONS'],
    [408, 'SomethingNew', 'UNAVAILABLE'],
    [500, 'InternalServerError', 'UNAVAILABLE'],
    [503, 'SomethingNew', 'UNAVAILABLE'],
  ])('%i %s is %s', (status, code, expected) => {
    const error = refusal(status, { error: { code, message: 'secret text' } })
    const failure = explained(error)
    expect(failure.code).toBe(expected)
    expect(failure.message).not.toContain('secret')
    expect(failure.hint).toBeTruthy()
    expect(failure.cause).toBe(error)
    expect(isAzureError(failure, code)).toBe(true)
  })

  test.each([
    [
      'Operation could not be completed as it results in exceeding approved standardBSFamily Cores quota',
      'QUOTA_EXCEEDED',
    ],
    ["Disk 'x' is marked for deletion", 'BUSY'],
    ['The operation is not allowed on a generalized VM', 'BAD_OPTIONS'],
  ])('OperationNotAllowed is told by its text: %s', (message, expected) => {
    const error = refusal(409, { error: { code: 'OperationNotAllowed', message } })
    expect(explained(error).code).toBe(expected)
  })
})

describe('what stands around a cause is passed over', () => {
  const details = [{ code: 'QuotaExceeded', message: 'cores' }]

  test('of a template', () => {
    const body = { error: { code: 'InvalidTemplateDeployment', message: 'see inner', details } }
    expect(explained(refusal(400, body)).code).toBe('QUOTA_EXCEEDED')
  })

  test('of a deployment, also as text inside a message', () => {
    const inner = JSON.stringify({ error: { code: 'SkuNotAvailable', message: 'not here' } })
    const body = {
      error: {
        code: 'DeploymentFailed',
        message: 'at least one',
        details: [{ code: 'Conflict', message: inner, target: '/vm/1' }],
      },
    }
    const error = refusal(409, body)
    expect(explained(error).code).toBe('NO_CAPACITY')
    expect(error.causes[0]).toMatchObject({ code: 'SkuNotAvailable', target: '/vm/1' })
  })

  test('of several causes the one is told that says what to do', () => {
    const several = [
      { code: 'InvalidParameter', message: 'x' },
      {
        code: 'AuthorizationFailed',
        message: "action 'Microsoft.Network/publicIPAddresses/write'",
      },
    ]
    const body = { error: { code: 'InvalidTemplateDeployment', message: '', details: several } }
    const failure = explained(refusal(400, body))
    expect(failure.code).toBe('ACCESS_DENIED')
    expect(failure.message).toContain('Microsoft.Network/publicIPAddresses/write')
  })
})

test.each([
  ['an HTML page', '<html>', 502, 'UNAVAILABLE'],
  ['a page of a proxy that knows no such path', '<!doctype html><html>', 404, 'UNAVAILABLE'],
  ['a page of a proxy that lets nobody through', '\n<html>', 403, 'UNAVAILABLE'],
  ['a page of a gateway that is asked too often', '<html>', 429, 'RATE_LIMITED'],
  ['nothing about a thing that is gone', '', 404, 'NOT_FOUND'],
  ['nothing', '', 500, 'UNAVAILABLE'],
  ['nothing of a refusal', null, 403, 'ACCESS_DENIED'],
  ['a bare error', '{"code":"QuotaExceeded","message":""}', 400, 'QUOTA_EXCEEDED'],
  ['another shape', '{"error":"text"}', 400, 'BAD_OPTIONS'],
])('a body that is %s is told by what there is', (_, body, status, code) => {
  expect(explained(readRefusal({ status, body, retryAfter: undefined })).code).toBe(code)
})

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, expected) => {
  const body = JSON.stringify({ error: { code: 'TooManyRequests', message: '' } })
  expect(explained(readRefusal({ status: 429, body, retryAfter: header })).retryAfter).toBe(
    expected,
  )
})

describe('what never reached ARM', () => {
  test.each([
    ['ECONNREFUSED', 'UNAVAILABLE'],
    ['ECONNRESET', 'UNAVAILABLE'],
    ['ENOTFOUND', 'UNAVAILABLE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'UNAVAILABLE'],
  ])('a connection that ended with %s is %s', (code, expected) => {
    const failure = explained(named('RestError', 'raw text', { code }))
    expect(failure.code).toBe(expected)
    expect(failure.message).toContain(code)
    expect(failure.message).not.toContain('raw text')
  })

  test('a certificate that nobody vouches for is told with the variable to set', () => {
    const error = named('RestError', '', { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
    expect(explained(error).hint).toContain('NODE_EXTRA_CA_CERTS')
  })

  test.each([
    ['CredentialUnavailableError', "Please run 'az login'", 'NO_CREDENTIALS', 'run az login'],
    ['AggregateAuthenticationError', 'tried all', 'NO_CREDENTIALS', 'AZURE_CLIENT_ID'],
    ['AuthenticationError', 'AADSTS7000215: secret abc', 'BAD_CREDENTIALS', 'az login'],
    ['AuthenticationRequiredError', 'interactive', 'NO_CREDENTIALS', 'az login'],
  ])('%s is told with what to do', (name, message, code, hint) => {
    const failure = explained(named(name, message))
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) })
    expect(failure.message).not.toContain('abc')
  })
})

test('an operation that failed in the end is told by the code in its text', () => {
  const text = 'The long-running operation has failed. ZonalAllocationFailed. Allocation failed.'
  expect(explained(new Error(text)).code).toBe('NO_CAPACITY')
})

test('a bug stays what it is', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, question)).toBe(bug)
})

test('what is not there is told apart from a thing that refers to what is not there', () => {
  const gone = explained(refusal(404, { error: { code: 'ResourceNotFound', message: '' } }))
  const image = explained(refusal(400, { error: { code: 'ImageNotFound', message: '' } }))
  expect(isMissing(gone)).toBe(true)
  expect(isMissing(image)).toBe(false)
})
