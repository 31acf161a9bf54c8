import { z } from 'zod'

/** A TCP port to listen on, as it is typed. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port')
  .transform(Number)
  .pipe(z.number().max(65_535))
