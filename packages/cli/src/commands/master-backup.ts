import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { backupFailure } from '../master/backup-failure.ts'
import { masterData } from '../master/data-directory.ts'

/** Backs up the master on this computer to one file. */
export async function backUp(
  flags: { file: string; data?: string },
  context: Context,
): Promise<void> {
  const file = resolve(context.cwd, flags.file)
  const dataDir = masterData(context, flags.data)
  const { backUpMaster } = await import('@kontena/master')
  const made = await backUpMaster({ file, dataDir }).catch((error: unknown) => {
    throw backupFailure(error)
  })
  const { uuid, takenAt, bytes, isKeyIncluded } = made
  if (context.json) {
    context.printJson({ file, master: uuid, taken_at: takenAt, bytes, key_included: isKeyIncluded })
  } else {
    context.say(`Backed up master ${uuid} to ${file} (${inMegabytes(bytes)})`)
  }
  if (!isKeyIncluded) {
    context.warn(
      'The key of its secrets is not in it, because the master was given one from outside',
      'keep that key as well; without it the backup is worth nothing',
    )
  }
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
