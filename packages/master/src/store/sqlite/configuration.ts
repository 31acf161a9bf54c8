import { z } from 'zod'
import type { ConfigurationStore } from '../configuration-store.ts'
import type { Database } from './database.ts'
import { recordChange } from './record-change.ts'
import { configurationPurpose } from './sealed-secrets.ts'

const row = z.object({ key: z.string(), value: z.string() })

type Settings = Readonly<Record<string, string>>

export function configurationStore(database: Database): ConfigurationStore {
  const readable = ({ key, value }: z.infer<typeof row>): string =>
    isSecret(key) ? database.vault.open(value, configurationPurpose(key)) : value
  const stored = (key: string, value: string): string =>
    isSecret(key) ? database.vault.seal(value, configurationPurpose(key)) : value
  const readAll = (): Settings =>
    Object.fromEntries(
      database
        .all(row, 'SELECT * FROM configuration ORDER BY key')
        .map((entry) => [entry.key, readable(entry)]),
    )
  const keep = (key: string, value: string | undefined): void => {
    if (value === undefined) database.run('DELETE FROM configuration WHERE key = ?', key)
    else {
      const sql = 'INSERT OR REPLACE INTO configuration (key, value) VALUES (?, ?)'
      database.run(sql, key, stored(key, value))
    }
  }

  return {
    configuration: async () => readAll(),

    configurationValue: async (key) => {
      const entry = database.get(row, 'SELECT * FROM configuration WHERE key = ?', key)
      return entry === undefined ? undefined : readable(entry)
    },

    configure: (change, { replaceAll }, actor, now) =>
      database.write(() => {
        const before = readAll()
        const after = withChange(replaceAll ? {} : before, change)
        const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
          .filter((key) => settingOf(before, key) !== settingOf(after, key))
          .toSorted()
        if (changed.length === 0) return
        for (const key of changed) keep(key, settingOf(after, key))
        if (changed.some((key) => /^oauth2\.|^server\.root_url$/.test(key))) {
          database.run('UPDATE users SET external_id = NULL WHERE external_id IS NOT NULL')
        }
        recordChange(
          database,
          {
            type: 'configuration:changed',
            event: 'change configuration',
            resource: { type: 'configuration', name: changed.join(', ') },
            before: shown(before, changed),
            after: shown(after, changed),
          },
          actor,
          now,
        )
      }),
  }
}

/** A key may have the name of something that every object has, as `constructor`. */
function settingOf(settings: Settings, key: string): string | undefined {
  return Object.hasOwn(settings, key) ? settings[key] : undefined
}

function isSecret(key: string): boolean {
  return key.endsWith('_secret')
}

function withChange(settings: Settings, change: Readonly<Record<string, string | null>>): Settings {
  const all = Object.entries({ ...settings, ...change })
  return Object.fromEntries(
    all.flatMap(([key, value]): [string, string][] => (value === null ? [] : [[key, value]])),
  )
}

/** What of it the audit log may show. */
function shown(settings: Settings, keys: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    keys.map((key) => {
      const value = settingOf(settings, key)
      return [key, isSecret(key) && value !== undefined ? '***' : (value ?? null)]
    }),
  )
}
