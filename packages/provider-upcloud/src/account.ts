import { type Account, type Call, isFailure } from '@kontena/core'
import type { Cloud } from './clients.ts'

/**
 * Machines belong to the main account, whichever of its sub-accounts made them. Where a sub-account may
 * not read whose it is, it stands for itself.
 */
export async function findAccount(cloud: Cloud, call: Call): Promise<Account> {
  const region = cloud.zone()
  const about = 'the UpCloud account'
  const { username } = await cloud.ask({ doing: 'read', about, ...call }, (client, options) =>
    client.accounts.get(options),
  )
  const main = await findMainAccount(cloud, username, call)
  return { id: main ?? username, region, local: cloud.isLocal() }
}

async function findMainAccount(
  cloud: Cloud,
  username: string,
  call: Call,
): Promise<string | undefined> {
  const question = { doing: 'read', about: `account ${username}`, ...call }
  try {
    const details = await cloud.ask(question, (client, options) =>
      client.accounts.details(username, options),
    )
    return details.mainAccount
  } catch (error) {
    if (isFailure(error, 'ACCESS_DENIED', 'NOT_FOUND', 'BAD_OPTIONS')) return undefined
    throw error
  }
}
