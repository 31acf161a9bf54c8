import { type MachineBatch, type Owner, ProvisionError } from '@kontena/core'

export const tagKeys = {
  master: 'kontena:master',
  grid: 'kontena:grid',
  order: 'kontena:order',
  token: 'kontena:token',
  node: 'kontena:node',
} as const

export type Tags = Readonly<Record<string, string>>

export function ownershipTags(owner: Owner): Record<string, string> {
  return { [tagKeys.master]: owner.master, [tagKeys.grid]: owner.grid }
}

export function ownerOf(tags: Tags | undefined): Owner | undefined {
  const master = tags?.[tagKeys.master]
  const grid = tags?.[tagKeys.grid]
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

export function isOwnedBy(tags: Tags | undefined, owner: Owner): boolean {
  const found = ownerOf(tags)
  return found?.master === owner.master && found.grid === owner.grid
}

/**
 * Tags of a batch, which all that it makes carries from the start. The user's own may not say whose the
 * machine is.
 */
export function batchTags(
  batch: Pick<MachineBatch, 'owner' | 'order' | 'token' | 'tags'>,
): Record<string, string> {
  checkTags(batch.tags)
  return {
    ...batch.tags,
    ...ownershipTags(batch.owner),
    [tagKeys.order]: batch.order,
    [tagKeys.token]: batch.token,
  }
}

/** ARM takes 50 tags, of which a machine has five of ours ("Use tags" in its documentation). */
const mostOwn = 45

export function checkTags(tags: Tags): void {
  const keys = Object.keys(tags)
  const wrong = Object.entries(tags).find(([key, value]) => !isUsable(key, value))
  if (wrong !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', `${wrong[0]} cannot be a tag on Azure`, {
      hint: 'keys have 1 to 512 characters without <>%&\\?/ and begin with none of kontena:, azure, microsoft and windows; values have up to 256',
    })
  }
  if (keys.length > mostOwn) {
    throw new ProvisionError('BAD_OPTIONS', `${keys.length} tags are more than Azure allows`, {
      hint: `a machine can have ${mostOwn} tags of your own`,
    })
  }
  const lower = keys.map((key) => key.toLowerCase())
  const twice = keys.find((key, index) => lower.indexOf(key.toLowerCase()) !== index)
  if (twice === undefined) return
  throw new ProvisionError('BAD_OPTIONS', `${twice} is a tag twice, as Azure reads it`, {
    hint: 'Azure tells the keys of tags apart without their case',
  })
}

function isUsable(key: string, value: string): boolean {
  return (
    key.length > 0 &&
    key.length <= 512 &&
    value.length <= 256 &&
    !/[<>%&\\?/]/.test(key) &&
    !/^(kontena:|azure|microsoft|windows)/i.test(key)
  )
}
