import { ProvisionError } from '@kontena/core'

/** A backup that could not be made or restored, as a failure; everything else is left as it is. */
export function backupFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'BackupError') return error
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
  return new ProvisionError('LOCAL_FILE', error.message, { hint, cause: error })
}
