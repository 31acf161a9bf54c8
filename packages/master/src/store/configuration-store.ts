import type { Actor } from './records.ts'

/** What administrators set. Values of keys that end in `_secret` are sealed in the database. */
export interface ConfigurationStore {
  configuration(): Promise<Readonly<Record<string, string>>>
  configurationValue(key: string): Promise<string | undefined>
  /**
   * Null as a value unsets a key. With `replaceAll`, keys that are not named are unset too. A change of
   * the login provider (`oauth2.*`) or of `server.root_url` forgets all users' ids there, as in 1.5. What
   * is as it was is no change, and nothing is audited then.
   */
  configure(
    change: Readonly<Record<string, string | null>>,
    options: { replaceAll: boolean },
    actor: Actor,
    now: Date,
  ): Promise<void>
}
