import { resolve } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { ownKeyFile, type VaultKeyOptions } from '../secrets/vault-key.ts'
import { knownVersion } from '../store/sqlite/migrations.ts'
import type { Store } from '../store/store.ts'
import { openControlSocket } from './control-socket.ts'
import { removeScratch, takeBackup } from './take-backup.ts'

export interface ServeBackupsOptions extends VaultKeyOptions {
  readonly store: Store
  readonly uuid: string
  readonly clock: () => Date
  readonly log: FastifyBaseLogger
}

/**
 * Lets the user of the data directory take backups while the master runs, which works without where its
 * disk has no sockets. Resolves to what ends that.
 */
export async function serveBackups(options: ServeBackupsOptions): Promise<() => Promise<void>> {
  const { dataDir, store, uuid, clock, log } = options
  const keyFile = keyBesideDatabase(options)
  const version = knownVersion
  try {
    await removeScratch(dataDir)
    return await openControlSocket({
      dataDir,
      backup: () =>
        takeBackup({ dataDir, uuid, version, keyFile, now: clock(), snapshot: store.backup }),
      log: (error) => log.error({ err: error }, 'a backup failed'),
    })
  } catch (error) {
    log.warn({ err: error }, 'no backup can be taken while this master runs')
    return async () => {}
  }
}

/** Undefined where the key comes from outside, where somebody else keeps it. */
function keyBesideDatabase({ dataDir, vaultKey, keyFile }: VaultKeyOptions): string | undefined {
  const own = ownKeyFile(dataDir)
  if (vaultKey !== undefined) return undefined
  return keyFile === undefined || resolve(keyFile) === resolve(own) ? own : undefined
}
