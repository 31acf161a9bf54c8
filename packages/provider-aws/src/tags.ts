import type { Filter, Tag } from '@aws-sdk/client-ec2'
import { type MachineBatch, type Owner, ProvisionError } from '@kontena/core'

export const tagKeys = {
  master: 'kontena:master',
  grid: 'kontena:grid',
  order: 'kontena:order',
  node: 'kontena:node',
  name: 'Name',
} as const

export function ownershipTags(owner: Owner): Tag[] {
  return toTags({ [tagKeys.master]: owner.master, [tagKeys.grid]: owner.grid })
}

export function ownershipFilters(owner: Owner, order?: string): Filter[] {
  const filters = [
    { Name: `tag:${tagKeys.master}`, Values: [owner.master] },
    { Name: `tag:${tagKeys.grid}`, Values: [owner.grid] },
  ]
  return order === undefined
    ? filters
    : [...filters, { Name: `tag:${tagKeys.order}`, Values: [order] }]
}

export function tagValue(tags: readonly Tag[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.Key === key)?.Value
}

export function ownerOf(tags: readonly Tag[] | undefined): Owner | undefined {
  const master = tagValue(tags, tagKeys.master)
  const grid = tagValue(tags, tagKeys.grid)
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

export function isOwnedBy(tags: readonly Tag[] | undefined, owner: Owner): boolean {
  const found = ownerOf(tags)
  return found?.master === owner.master && found.grid === owner.grid
}

/**
 * Tags of a batch, as they travel in RunInstances: nothing is ever without an owner. The user's own
 * may replace `Name`, never what says whose the machine is.
 */
export function launchTags(batch: Pick<MachineBatch, 'owner' | 'order' | 'tags'>): Tag[] {
  const own = Object.entries(batch.tags)
  const wrong = own.find(([key, value]) => !isUsable(key, value))
  if (wrong !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', `${wrong[0]} cannot be a tag on AWS`, {
      hint: 'keys have 1 to 128 characters and begin neither with aws: nor kontena:, values have up to 256',
    })
  }
  const tags = toTags({
    [tagKeys.name]: batch.owner.grid,
    ...batch.tags,
    [tagKeys.master]: batch.owner.master,
    [tagKeys.grid]: batch.owner.grid,
    [tagKeys.order]: batch.order,
  })
  // One of the 50 that EC2 allows is left for the node's name, which follows.
  if (tags.length > 49) {
    throw new ProvisionError('BAD_OPTIONS', `${own.length} tags are more than AWS allows`, {
      hint: 'a machine can have 45 tags of your own',
    })
  }
  return tags
}

function isUsable(key: string, value: string): boolean {
  return key.length > 0 && key.length <= 128 && value.length <= 256 && !/^(aws|kontena):/i.test(key)
}

function toTags(values: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }))
}
