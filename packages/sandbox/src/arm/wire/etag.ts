import { randomUUID } from 'node:crypto'
import { ArmError } from './errors.ts'

export function newEtag(): string {
  return `W/"${randomUUID()}"`
}

export interface Preconditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** @throws ArmError where the caller wrote for another state of the resource than there is */
export function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  etag: string | undefined,
): void {
  const isChanged =
    ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && ifMatch !== etag))
  const isThere = ifNoneMatch === '*' && etag !== undefined
  if (!isChanged && !isThere) return
  throw new ArmError({
    status: 412,
    code: 'PreconditionFailed',
    message: isThere
      ? 'Precondition failed. The resource already exists.'
      : 'Precondition failed. The etag provided in the request header does not match the current etag of the resource.',
  })
}
