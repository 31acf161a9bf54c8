import { type Account, type Call, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'

const answer = z.object({
  account: z.object({
    uuid: z.string(),
    status: z.string().nullish(),
    /** Absent for a token that may not see droplets. */
    droplet_limit: z.number().nullish(),
    email_verified: z.boolean().nullish(),
    team: z.object({ uuid: z.string().nullish() }).nullish(),
  }),
})

export interface AccountFacts extends Account {
  /** Droplets that the account may have, all regions together. */
  readonly dropletLimit: number | undefined
  /** `locked` ones make nothing. */
  readonly isLocked: boolean
  readonly isVerified: boolean
  /** DigitalOcean wants something of its owner, and may lock it otherwise. */
  readonly isWarned: boolean
}

/** Machines belong to the token's team, whoever of its members asks; without a team, to the user. */
export async function findAccount(cloud: Cloud, call: Call): Promise<AccountFacts> {
  const region = cloud.region()
  const question = { scope: 'account:read', about: 'the account', ...call }
  const { account } = await cloud.ask(question, answer, (context) => dots.getAccount(context)())
  return {
    id: account.team?.uuid ?? account.uuid,
    region,
    local: cloud.endpoint().isLocal,
    dropletLimit: account.droplet_limit ?? undefined,
    isLocked: account.status === 'locked',
    isVerified: account.email_verified !== false,
    isWarned: account.status === 'warning',
  }
}

/** Fails where the account cannot have machines at all. */
export function requireReady({ isLocked, isVerified }: AccountFacts): void {
  if (!isLocked && isVerified) return
  const what = isLocked ? 'is locked' : 'has no verified email address'
  throw new ProvisionError('ACCOUNT_NOT_READY', `the DigitalOcean account ${what}`, {
    hint: 'sign in to the control panel and see to its notice, then repeat',
  })
}
