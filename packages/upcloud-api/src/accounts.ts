import { z } from 'zod'
import type { CallOptions, Transport } from './transport.ts'
import { number, optionalBoolean, optionalNumber, optionalText } from './values.ts'

/** The account of these credentials. */
export interface Account {
  readonly username: string
  /** Cents of the account's currency; undefined where it is not told, as to a sub-account. */
  readonly credits: number | undefined
  readonly isTrial: boolean | undefined
  /** By the API's names, as in `cores`, `memory` (MiB), `public_ipv4`, `networks`, `storage_maxiops` (GiB). */
  readonly resourceLimits: Readonly<Record<string, number>>
}

export interface AccountDetails {
  readonly username: string
  /** `main` or `sub`. */
  readonly type: string | undefined
  /** Name of the account that a sub-account belongs to. */
  readonly mainAccount: string | undefined
}

export interface AccountsApi {
  get(options?: CallOptions): Promise<Account>
  /** What is known of the account or one of its sub-accounts; takes a right that not each has. */
  details(username: string, options?: CallOptions): Promise<AccountDetails>
}

const accountAnswer = z.object({
  account: z
    .object({
      username: z.string(),
      credits: optionalNumber,
      trial_mode: optionalBoolean,
      resource_limits: z.record(z.string(), z.unknown()).nullish(),
    })
    .transform(
      (account): Account => ({
        username: account.username,
        credits: account.credits,
        isTrial: account.trial_mode,
        resourceLimits: numbersOf(account.resource_limits ?? {}),
      }),
    ),
})

const detailsAnswer = z.object({
  account: z
    .object({ username: z.string(), type: optionalText, main_account: optionalText })
    .transform(
      ({ username, type, main_account: mainAccount }): AccountDetails => ({
        username,
        type,
        mainAccount,
      }),
    ),
})

export function accountsApi({ ask }: Transport): AccountsApi {
  return {
    get: async (options) =>
      (await ask({ ...options, method: 'GET', path: '/account' }, accountAnswer)).account,
    details: async (username, options) => {
      const path = `/account/details/${encodeURIComponent(username)}`
      return (await ask({ ...options, method: 'GET', path }, detailsAnswer)).account
    },
  }
}

function numbersOf(values: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const parsed = number.safeParse(value)
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )
}
