import {
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  type DescribeKeyPairsCommandInput,
  ImportKeyPairCommand,
  type KeyPairInfo,
} from '@aws-sdk/client-ec2'
import { type Call, hintNearest, type Owner, ProvisionError, unlessGone } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'
import type { AwsMachineOptions } from './options.ts'
import { type PublicKey, parsePublicKey, readPublicKey } from './public-key.ts'
import { isOwnedBy, ownershipFilters, ownershipTags } from './tags.ts'

/** The key pair that machines are to get. */
export interface KeyPairPlan {
  readonly name: string
  /** What is still to be imported; undefined where EC2 has the key pair. */
  readonly missing: PublicKey | undefined
  /** The user's own, which is used and never changed. */
  readonly isForeign: boolean
}

export type KeyPairWish = Pick<AwsMachineOptions, 'keyPair' | 'sshPublicKey'>

/** Finds the key pair, or what is missing of it. Undefined where none is wanted. */
export async function planKeyPair(
  cloud: Cloud,
  { keyPair, sshPublicKey }: KeyPairWish,
  call: Call,
): Promise<KeyPairPlan | undefined> {
  if (keyPair !== undefined && sshPublicKey !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', '--key-pair and --ssh-public-key exclude each other', {
      hint: 'EC2 gives a machine one key pair; more keys go in with --ssh-key',
    })
  }
  if (keyPair !== undefined) {
    await requireKeyPair(cloud, keyPair, call)
    return { name: keyPair, missing: undefined, isForeign: true }
  }
  if (sshPublicKey === undefined) return undefined
  const key = await readPublicKey(sshPublicKey, call.signal)
  const name = `kontena-${key.fingerprint}`
  const found = await findKeyPair(cloud, name, call)
  if (found !== undefined) requireSameKey(found, name, key)
  return { name, missing: found === undefined ? key : undefined, isForeign: false }
}

/** Imports what the plan misses. Somebody else may have been quicker with the same key. */
export async function ensureKeyPair(
  cloud: Cloud,
  { plan, owner }: { plan: KeyPairPlan; owner: Owner },
  call: Call,
): Promise<void> {
  const { name, missing } = plan
  if (missing === undefined) return
  try {
    await importKeyPair(cloud, { name, key: missing, owner, dryRun: false }, call)
  } catch (error) {
    if (!isAwsError(error, 'InvalidKeyPair.Duplicate')) throw error
    const found = await findKeyPair(cloud, name, call)
    if (found !== undefined) requireSameKey(found, name, missing)
  }
}

/** With `dryRun` it resolves to nothing done, and rejects as the real call would. */
export async function importKeyPair(
  cloud: Cloud,
  request: { name: string; key: PublicKey; owner: Owner; dryRun: boolean },
  call: Call,
): Promise<void> {
  const question = { action: 'ec2:ImportKeyPair', about: `key pair ${request.name}`, ...call }
  await cloud.ec2(question, (ec2, options) =>
    ec2.send(
      new ImportKeyPairCommand({
        KeyName: request.name,
        PublicKeyMaterial: Buffer.from(request.key.line),
        DryRun: request.dryRun,
        TagSpecifications: [{ ResourceType: 'key-pair', Tags: ownershipTags(request.owner) }],
      }),
      options,
    ),
  )
}

/** Machines keep their key: EC2 asks for the key pair at launch only. */
export async function removeKeyPairs(cloud: Cloud, owner: Owner, call: Call): Promise<void> {
  const about = `the key pairs of grid ${owner.grid}`
  const pairs = await listKeyPairs(cloud, { Filters: ownershipFilters(owner) }, { ...call, about })
  for (const { KeyName: name, Tags: tags } of pairs) {
    if (name === undefined || !isOwnedBy(tags, owner)) continue
    const question = { action: 'ec2:DeleteKeyPair', about: `key pair ${name}`, ...call }
    // Deleting one that is gone succeeds.
    await cloud.ec2(question, (ec2, options) =>
      ec2.send(new DeleteKeyPairCommand({ KeyName: name }), options),
    )
  }
}

async function requireKeyPair(cloud: Cloud, name: string, call: Call): Promise<void> {
  if ((await findKeyPair(cloud, name, call)) !== undefined) return
  const all = await listKeyPairs(cloud, {}, { ...call, about: 'the key pairs' })
  throw new ProvisionError('NOT_FOUND', `key pair ${name} does not exist in this region`, {
    hint: hintNearest(
      'key pair',
      name,
      all.flatMap(({ KeyName }) => KeyName ?? []),
    ),
  })
}

async function findKeyPair(
  cloud: Cloud,
  name: string,
  call: Call,
): Promise<KeyPairInfo | undefined> {
  const input = { KeyNames: [name], IncludePublicKey: true }
  const found = await unlessGone(() =>
    listKeyPairs(cloud, input, { ...call, about: `key pair ${name}` }),
  )
  return found?.[0]
}

async function listKeyPairs(
  cloud: Cloud,
  input: DescribeKeyPairsCommandInput,
  question: Call & { about: string },
): Promise<readonly KeyPairInfo[]> {
  const answer = await cloud.ec2({ action: 'ec2:DescribeKeyPairs', ...question }, (ec2, options) =>
    ec2.send(new DescribeKeyPairsCommand(input), options),
  )
  return answer.KeyPairs ?? []
}

/** EC2 tells the public key itself, as its fingerprints differ by kind and origin of a key. */
function requireSameKey(found: KeyPairInfo, name: string, key: PublicKey): void {
  const there = found.PublicKey === undefined ? undefined : parsePublicKey(found.PublicKey)
  if (there?.line === key.line) return
  throw new ProvisionError('NAME_TAKEN', `key pair ${name} holds another key`, {
    hint: `delete it with aws ec2 delete-key-pair --key-name ${name}, or give --key-pair`,
  })
}
