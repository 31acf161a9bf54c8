import { z } from 'zod'
import { type MasterConfiguration, masterConfiguration } from '../users.ts'
import type { Call } from './requester.ts'

/** The master's settings, for those who administer it. */
export function configurationCalls(call: Call) {
  return {
    /** All settings; `filter` takes part of a key, or its beginning as in `oauth2.*`. */
    configuration: (filter?: string, signal?: AbortSignal) => {
      const query = filter === undefined ? '' : `?${new URLSearchParams({ filter })}`
      return call(`/v1/config${query}`, masterConfiguration, { signal })
    },
    configurationValue: async (key: string, signal?: AbortSignal) =>
      (await call(`/v1/config/${encodeURIComponent(key)}`, masterConfiguration, { signal }))[key] ??
      undefined,
    /** Settings that are not named stay, or go with `replaceAll`. */
    configure: (
      settings: MasterConfiguration,
      { replaceAll }: { replaceAll: boolean },
      signal?: AbortSignal,
    ) =>
      call('/v1/config', z.unknown(), {
        method: replaceAll ? 'PUT' : 'PATCH',
        body: settings,
        signal,
      }),
  }
}
