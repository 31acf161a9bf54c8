import { vi } from 'vitest'

/**
 * A busy computer is no failure: what does not come, does not come in ten seconds either. Vitest has no
 * option for this, and its own second is too little beside other tests.
 */
const patience = 10_000

const { waitFor } = vi
vi.waitFor = (look, options = {}) =>
  waitFor(look, typeof options === 'number' ? options : { timeout: patience, ...options })
