import { join } from 'node:path'
import { usualOrigin } from './addresses/metadata/open-metadata.ts'
import type { Variables } from './environment.ts'
import type { FirewallPlace } from './firewall-peers.ts'
import { hostProc } from './host/statistics.ts'

/** Where the agent looks at its host. */
export interface Places {
  /** Folder to read as `/proc`. */
  readonly proc: string
  /** Folder to read as `/sys`. */
  readonly sys: string
  /** Where the metadata service of a cloud is. */
  readonly metadata: string
  readonly firewall: FirewallPlace
}

/**
 * The usual places. A machine whose `/` is a folder of this computer, as in the sandbox, is none of this
 * computer's: it shares neither its cloud nor its firewall, but for want of an own one its `/proc`.
 */
export function usualPlaces({ KONTENA_ROOT: root }: Variables): Places {
  const below = (path: string): string => join(root || '/', path)
  return {
    proc: hostProc,
    sys: below('sys'),
    metadata: usualOrigin,
    firewall: { settingsFolder: below('etc/kontena'), runFolder: below('run/kontena') },
  }
}
