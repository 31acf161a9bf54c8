import {
  type Call,
  hintNearest,
  isFailure,
  type Owner,
  ProvisionError,
  unlessGone,
} from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { ownerWords } from './owner-words.ts'
import { listAll } from './pages.ts'
import { keyWithoutPrivateHalf, type PublicKey, readPublicKey } from './public-key.ts'

const accountKey = z.object({ id: z.number(), fingerprint: z.string(), name: z.string() })
export type AccountKey = z.infer<typeof accountKey>
const keyAnswer = z.object({ ssh_key: accountKey })

/** The keys that machines are to get, so that DigitalOcean makes no root password and mails none. */
export interface KeyPlan {
  /** Keys that the account has; never empty where nothing is missing. */
  readonly found: readonly AccountKey[]
  /** The grid's own key, where it is still to be added to the account. */
  readonly missing: PublicKey | undefined
  /** None but the grid's own, with which nobody can log in. */
  readonly isOwn: boolean
}

export interface KeyWish {
  readonly owner: Owner
  readonly region: string
  /** Key of the account by name, fingerprint or id. */
  readonly given: string | undefined
  /** Public keys that the bootstrap puts on the machines anyway. */
  readonly sshKeys: readonly string[]
}

/**
 * Finds the keys, or what is missing of them. Listing keys is limited to ten calls a minute, so they are
 * looked up by their fingerprints where that is possible.
 */
export async function planKeys(cloud: Cloud, wish: KeyWish, call: Call): Promise<KeyPlan> {
  if (wish.given !== undefined) {
    const found = await requireKey(cloud, wish.given, call)
    return { found: [found], missing: undefined, isOwn: false }
  }
  const known = await Promise.all(
    wish.sshKeys
      .flatMap((line) => readPublicKey(line) ?? [])
      .map(({ fingerprint }) => findKey(cloud, fingerprint, call)),
  )
  const found = known.flatMap((key) => key ?? [])
  if (found.length > 0) return { found, missing: undefined, isOwn: false }
  const key = ownKey(wish)
  const there = await findKey(cloud, key.fingerprint, call)
  return there === undefined
    ? { found: [], missing: key, isOwn: true }
    : { found: [there], missing: undefined, isOwn: true }
}

/** Fingerprints of the keys, added to the account where they are missing. */
export async function ensureKeys(
  cloud: Cloud,
  wish: KeyWish,
  call: Call,
): Promise<readonly string[]> {
  const { found, missing } = await planKeys(cloud, wish, call)
  if (missing !== undefined) await addKey(cloud, { ...wish, key: missing }, call)
  return [...found, ...(missing === undefined ? [] : [missing])].map((key) => key.fingerprint)
}

/** Machines keep their key: DigitalOcean looks at it when it makes a machine only. */
export async function removeOwnKey(cloud: Cloud, owner: Owner, call: Call): Promise<void> {
  const wish = { owner, region: cloud.region() }
  const question = { scope: 'ssh_key:delete', about: `SSH key ${keyName(wish)}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, z.unknown(), (context) =>
      dots.destroySshKey(context)({ ssh_key_id: ownKey(wish).fingerprint }),
    ),
  )
}

export async function listKeys(cloud: Cloud, call: Call): Promise<readonly AccountKey[]> {
  const question = { scope: 'ssh_key:read', about: 'the SSH keys', key: 'ssh_keys' }
  return await listAll(cloud, { ...question, item: accountKey, ...call }, (context, page) =>
    dots.listSshKeys(context)(page),
  )
}

/** Keys have no tags, so the key itself says whose it is. Each region has its own to take away. */
function ownKey({ owner, region }: Pick<KeyWish, 'owner' | 'region'>): PublicKey {
  return keyWithoutPrivateHalf(['kontena', owner.master, owner.grid, region])
}

export function keyName({ owner, region }: Pick<KeyWish, 'owner' | 'region'>): string {
  return `${ownerWords(owner)} ${region}`
}

/** The account takes a key once; another command of the grid may have been quicker. */
async function addKey(
  cloud: Cloud,
  wanted: Pick<KeyWish, 'owner' | 'region'> & { key: PublicKey },
  call: Call,
): Promise<void> {
  const name = keyName(wanted)
  const question = { scope: 'ssh_key:create', about: `SSH key ${name}`, ...call }
  try {
    await cloud.ask(question, z.unknown(), (context) =>
      dots.createSshKey(context)({ name, public_key: wanted.key.line }),
    )
  } catch (error) {
    if (!isFailure(error, 'NAME_TAKEN')) throw error
  }
}

async function findKey(
  cloud: Cloud,
  reference: string,
  call: Call,
): Promise<AccountKey | undefined> {
  const question = { scope: 'ssh_key:read', about: `SSH key ${reference}`, ...call }
  const answer = await unlessGone(() =>
    cloud.ask(question, keyAnswer, (context) => dots.getSshKey(context)({ ssh_key_id: reference })),
  )
  return answer?.ssh_key
}

async function requireKey(cloud: Cloud, given: string, call: Call): Promise<AccountKey> {
  const isReference = /^(\d+|[0-9a-f]{2}(:[0-9a-f]{2}){15})$/.test(given)
  const referred = isReference ? await findKey(cloud, given, call) : undefined
  if (referred !== undefined) return referred
  const all = await listKeys(cloud, call)
  const [found, ...others] = all.filter(({ name }) => name === given)
  if (found === undefined) {
    throw new ProvisionError('NOT_FOUND', `the account has no SSH key ${given}`, {
      hint: hintNearest(
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
