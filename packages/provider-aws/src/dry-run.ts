import { isAwsError } from './errors.ts'

/** EC2 answers a dry run that would succeed with an error of its own, so this is success. */
export async function expectDryRun(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (error) {
    if (!isAwsError(error, 'DryRunOperation')) throw error
  }
}
