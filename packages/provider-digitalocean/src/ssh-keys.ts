import { type Call, isFailure, type Owner, ProvisionError } from '@kontena/core'
import { modules } from 'dots-wrapper'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import { choices } from './nearest.ts'
import { listAll } from './pages.ts'
import { type PublicKey, readPublicKey } from './public-key.ts'

const accountKey = z.object({ id: z.number(), fingerprint: z.string(), name: z.string() })
export type AccountKey = z.infer<typeof accountKey>
const keyAnswer = z.object({ ssh_key: accountKey })

/** The keys that machines are to get. */
export interface KeyPlan {
  /** Keys that the account has; never empty where nothing is missing. */
  readonly found: readonly AccountKey[]
  /** What is still to be added to the account, under the name of the grid. */
  readonly missing: PublicKey | undefined
  /** Nobody has the private half of the key. */
  readonly isThrowaway: boolean
}

export interface KeyWish {
  readonly owner: Owner
  readonly region: string
  /** Key of the account by name, fingerprint or id. */
  readonly given: string | undefined
  /** Public keys that the machines' user gets anyway. */
  readonly sshKeys: readonly string[]
  /** Makes the key for machines that nobody gave one for. */
  readonly throwaway: () => PublicKey
}

/**
 * Finds the keys, or what is missing of them. Listing keys is limited to ten calls a minute, so what has
 * a fingerprint is looked up by it.
 */
export async function planKeys(cloud: Cloud, wish: KeyWish, call: Call): Promise<KeyPlan> {
  if (wish.given !== undefined) {
    const found = await requireKey(cloud, wish.given, call)
    return { found: [found], missing: undefined, isThrowaway: false }
  }
  const keys = wish.sshKeys.flatMap((line) => readPublicKey(line) ?? [])
  const [first] = keys
  if (first !== undefined) {
    const known = await Promise.all(
      keys.map(({ fingerprint }) => findKey(cloud, fingerprint, call)),
    )
    const found = known.flatMap((key) => key ?? [])
    return { found, missing: found.length === 0 ? first : undefined, isThrowaway: false }
  }
  const own = (await listKeys(cloud, call)).find(({ name }) => name === keyName(wish))
  return own === undefined
    ? { found: [], missing: wish.throwaway(), isThrowaway: true }
    : { found: [own], missing: undefined, isThrowaway: false }
}

/** Fingerprints of the keys, added to the account where they are missing. */
export async function ensureKeys(
  cloud: Cloud,
  wish: KeyWish,
  call: Call,
): Promise<readonly string[]> {
  const { found, missing } = await planKeys(cloud, wish, call)
  const all = missing === undefined ? found : [await addKey(cloud, { ...wish, key: missing }, call)]
  return all.map(({ fingerprint }) => fingerprint)
}

/** Machines keep their keys: DigitalOcean looks at them when it makes a machine only. */
export async function removeOwnKeys(cloud: Cloud, owner: Owner, call: Call): Promise<void> {
  const name = keyName({ owner, region: cloud.region() })
  for (const key of await listKeys(cloud, call)) {
    if (key.name !== name) continue
    const question = { scope: 'ssh_key:delete', about: `SSH key ${name}`, ...call }
    try {
      await cloud.ask(question, z.unknown(), (context) =>
        modules.sshKey.destroySshKey(context)({ ssh_key_id: key.id }),
      )
    } catch (error) {
      if (!isFailure(error, 'NOT_FOUND')) throw error
    }
  }
}

export async function listKeys(cloud: Cloud, call: Call): Promise<readonly AccountKey[]> {
  const question = { scope: 'ssh_key:read', about: 'the SSH keys', key: 'ssh_keys' }
  return await listAll(cloud, { ...question, item: accountKey, ...call }, (context, page) =>
    modules.sshKey.listSshKeys(context)(page),
  )
}

/** Keys have no tags, so the name says whose it is. Each region has its own to take away. */
export function keyName({ owner, region }: Pick<KeyWish, 'owner' | 'region'>): string {
  return `kontena-${owner.grid}-${owner.master}-${region}`
}

/** The account takes a key once, whatever its name; somebody may have been quicker with the same. */
async function addKey(
  cloud: Cloud,
  wanted: Pick<KeyWish, 'owner' | 'region'> & { key: PublicKey },
  call: Call,
): Promise<AccountKey> {
  const name = keyName(wanted)
  const { line, fingerprint } = wanted.key
  const question = { scope: 'ssh_key:create', about: `SSH key ${name}`, ...call }
  try {
    const answer = await cloud.ask(question, keyAnswer, (context) =>
      modules.sshKey.createSshKey(context)({ name, public_key: line }),
    )
    return answer.ssh_key
  } catch (error) {
    if (!isFailure(error, 'NAME_TAKEN')) throw error
    const found = await findKey(cloud, fingerprint, call)
    if (found === undefined) throw error
    return found
  }
}

async function findKey(
  cloud: Cloud,
  reference: string,
  call: Call,
): Promise<AccountKey | undefined> {
  const question = { scope: 'ssh_key:read', about: `SSH key ${reference}`, ...call }
  try {
    const answer = await cloud.ask(question, keyAnswer, (context) =>
      modules.sshKey.getSshKey(context)({ ssh_key_id: reference }),
    )
    return answer.ssh_key
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

async function requireKey(cloud: Cloud, given: string, call: Call): Promise<AccountKey> {
  const isReference = /^(\d+|[0-9a-f]{2}(:[0-9a-f]{2}){15})$/.test(given)
  const referred = isReference ? await findKey(cloud, given, call) : undefined
  if (referred !== undefined) return referred
  const all = await listKeys(cloud, call)
  const [found, ...others] = all.filter(({ name }) => name === given)
  if (found === undefined) {
    throw new ProvisionError('NOT_FOUND', `the account has no SSH key ${given}`, {
      hint: choices(
        'SSH key',
        given,
        all.map(({ name }) => name),
      ),
    })
  }
  if (others.length === 0) return found
  const fingerprints = [found, ...others].map(({ fingerprint }) => fingerprint).join(', ')
  throw new ProvisionError('BAD_OPTIONS', `several SSH keys are named ${given}`, {
    hint: `give one by its fingerprint: ${fingerprints}`,
  })
}
