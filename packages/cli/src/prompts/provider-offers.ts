import {
  type Account,
  type Choice,
  type Emit,
  openRateBudget,
  type Provider,
  withRetries,
} from '@kontena/core'
import type { z } from 'zod'

/** A provider's account, asked only for what it offers. Nothing is made through it. */
export interface Offers {
  account(signal: AbortSignal): Promise<Account>
  /** Undefined where this provider has no lists. */
  choices(
    option: string,
    given: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<readonly Choice[] | undefined>
}

export async function openOffers(
  provider: Provider,
  access: z.infer<Provider['accessOptions']>,
  { emit, folder }: { emit: Emit; folder: string },
): Promise<Offers> {
  const open = await provider.load()
  const rate = openRateBudget({ title: provider.title, emit })
  const { idempotentCreate } = provider.abilities
  const session = withRetries(open({ access, machine: undefined, rate, folder }), {
    idempotentCreate,
    emit,
    rate,
  })
  return {
    account: (signal) => session.account({ signal }),
    choices: async (option, given, signal) => session.choices?.({ option, given }, { signal }),
  }
}
