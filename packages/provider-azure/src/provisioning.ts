import { ProvisionError } from '@kontena/core'

/** Milliseconds that Azure takes at least for a network or a firewall. */
const networkPace = 2_000

/** Azure has accepted it and is not through with it, so that nothing can refer to it yet. */
export function notYet(about: string): ProvisionError {
  return new ProvisionError('BUSY', `Azure is still making ${about}`, {
    hint: 'repeat the command in a minute',
    retryAfter: networkPace,
  })
}
