import { z } from 'zod'

/** How many lines of a log to show, up to what the master gives at once. */
export function lineCount(most: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1, 'must be 1 or more').max(most, `must be ${most} or less`))
    .default(100)
}
