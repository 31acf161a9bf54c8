import { errorCode, MasterStartError } from '../start/start-error.ts'
import { BackupError } from './backup-error.ts'

/** Makes what the system says of a file or folder into a {@link BackupError}; other errors stay as they are. */
export function explainFailure(error: unknown, what: string): unknown {
  if (error instanceof BackupError) return error
  if (error instanceof MasterStartError) {
    return new BackupError(error.message, error.hint, { cause: error })
  }
  const code = errorCode(error)
  if (code === undefined) return error
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL'
      ? 'make room on that disk'
      : 'see that this user may use it; for the data of a master that is its own user'
  return new BackupError(`${what} (${code})`, hint, { cause: error })
}
