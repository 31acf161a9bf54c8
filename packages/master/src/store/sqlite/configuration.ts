import { z } from 'zod'
import type { ConfigurationStore } from '../configuration-store.ts'
import type { Database } from './database.ts'
import { recordChange } from './record-change.ts'
import { configurationPurpose } from './sealed-secrets.ts'

const row = z.object({ key: z.string(), value: z.string() })

export function configurationStore(database: Database): ConfigurationStore {
  const isSecret = (key: string): boolean => key.endsWith('_secret')
  const readable = ({ key, value }: z.infer<typeof row>): string =>
    isSecret(key) ? database.vault.open(value, configurationPurpose(key)) : value
  const stored = (key: string, value: string): string =>
    isSecret(key) ? database.vault.seal(value, configurationPurpose(key)) : value

  return {
    configuration: async () =>
      Object.fromEntries(
        database
          .all(row, 'SELECT * FROM configuration ORDER BY key')
          .map((entry) => [entry.key, readable(entry)]),
      ),

    configurationValue: async (key) => {
      const entry = database.get(row, 'SELECT * FROM configuration WHERE key = ?', key)
      return entry === undefined ? undefined : readable(entry)
    },

    configure: (change, { replaceAll }, actor, now) =>
      database.write(() => {
        if (replaceAll) database.run('DELETE FROM configuration')
        for (const [key, value] of Object.entries(change)) {
          if (value === null) database.run('DELETE FROM configuration WHERE key = ?', key)
          else {
            database.run(
              'INSERT OR REPLACE INTO configuration (key, value) VALUES (?, ?)',
              key,
              stored(key, value),
            )
          }
        }
        const keys = Object.keys(change)
        if (replaceAll || keys.some((key) => /^oauth2\.|^server\.root_url$/.test(key))) {
          database.run('UPDATE users SET external_id = NULL WHERE external_id IS NOT NULL')
        }
        recordChange(
          database,
          {
            type: 'configuration:changed',
            event: 'change configuration',
            resource: { type: 'configuration', name: keys.join(', ') },
          },
          actor,
          now,
        )
      }),
  }
}
