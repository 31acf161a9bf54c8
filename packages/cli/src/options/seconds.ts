import { ProvisionError } from '@kontena/core'
import { parseDuration } from './duration.ts'

/** Seconds that a login lives where nothing else is asked for, as in 1.5. */
const usual = 7_200

/** Seconds, written `7200` as in 1.5, or `2h`; 0 means for ever. Throws `BAD_OPTIONS` that names the flag. */
export function parseSeconds(text: string | undefined, flag: string): number {
  if (text === undefined) return usual
  if (!/^\d+$/.test(text)) return parseDuration(text, flag) / 1000
  const seconds = Number(text)
  if (seconds <= 3_155_760_000) return seconds
  throw new ProvisionError('BAD_OPTIONS', `${flag} ${text} is more than a hundred years`, {
    hint: 'give 0 for one that never expires',
  })
}
