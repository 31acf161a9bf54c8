import { ProvisionError } from '@kontena/core'
import { isAwsError } from './errors.ts'

/**
 * EC2 shows what was just made at different times in different places ("eventual consistency" in the
 * EC2 API reference): what it does not know may have been made a moment ago, so another try is worth it.
 */
export function unknownYet(error: unknown, about: string): ProvisionError {
  return new ProvisionError('BUSY', `EC2 does not know ${about} yet, or no longer`, {
    hint: 'repeat the command in a minute',
    cause: error,
  })
}

/** Calls differ in how they say it. */
export function isUnknownGroup(error: unknown): boolean {
  return isAwsError(
    error,
    'InvalidGroup.NotFound',
    'InvalidGroupId.NotFound',
    'InvalidSecurityGroupID.NotFound',
  )
}
