import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { backupFailure } from '../master/backup-failure.ts'
import { masterData } from '../master/data-directory.ts'
import { given } from '../options/given.ts'

/** Puts the data of a master back from a backup, for a master that is then started over it. */
export async function restore(
  flags: { file: string; data?: string; keyFile?: string },
  context: Context,
): Promise<void> {
  const dataDir = masterData(context, flags.data)
  const { restoreMaster } = await import('@kontena/master')
  const options = {
    file: resolve(context.cwd, flags.file),
    dataDir,
    keyFile: flags.keyFile === undefined ? undefined : resolve(context.cwd, flags.keyFile),
    vaultKey: given(context.env.VAULT_KEY),
  }
  const restored = await restoreMaster(options).catch((error: unknown) => {
    throw backupFailure(error)
  })
  const { uuid, takenAt, isKeyIncluded } = restored
  if (context.json) {
    context.printJson({
      data: dataDir,
      master: uuid,
      taken_at: takenAt,
      key_included: isKeyIncluded,
    })
    return
  }
  context.say(`Restored master ${uuid}, as it was at ${takenAt.toISOString()}, into ${dataDir}`)
  const key = isKeyIncluded ? '' : ' with its key: --key-file FILE, or VAULT_KEY in the environment'
  context.say(`Start it over this data${key}: kontena master start --data ${dataDir}`)
}
