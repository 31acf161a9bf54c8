export { type AppOptions, buildApp } from './app.ts'
export { type Backup, type BackupOptions, backUpMaster } from './backup/back-up-master.ts'
export { BackupError } from './backup/backup-error.ts'
export { type Restored, type RestoreOptions, restoreMaster } from './backup/restore-master.ts'
export { openVault, type Vault, VaultError } from './secrets/vault.ts'
export { settingsOfEnvironment } from './start/seed-configuration.ts'
export {
  type MasterEvent,
  type MasterOptions,
  masterVersion,
  type RunningMaster,
  startMaster,
} from './start/start.ts'
export { MasterStartError } from './start/start-error.ts'
export type {
  Actor,
  AuditRecord,
  GridRecord,
  NodeRecord,
  Role,
  SessionRecord,
  UserRecord,
} from './store/records.ts'
export { NewerDatabaseError } from './store/sqlite/migrations.ts'
export { openSqliteStore } from './store/sqlite/open-sqlite-store.ts'
export type { Store } from './store/store.ts'
