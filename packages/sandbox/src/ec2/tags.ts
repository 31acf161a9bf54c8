import { z } from 'zod'
import { defineAction, succeeded } from './action.ts'
import { checkId, isKind, notFound, resourceType } from './ids.ts'
import { type Region, setTags, tagsOf } from './region.ts'
import { Ec2Error, invalidValue } from './wire/errors.ts'
import {
  dryRun,
  list,
  paged,
  type Tag,
  type TagSpecification,
  tagList,
  text,
} from './wire/fields.ts'
import { type FilterFields, matching } from './wire/filters.ts'
import { pageOf } from './wire/paging.ts'
import { items } from './wire/xml.ts'

/** EC2's limits for one resource. */
const mostTags = 50
const longestKey = 128
const longestValue = 256

/** @throws Ec2Error for tags that EC2 would not take */
function checkTags(tags: readonly Tag[], existing: ReadonlyMap<string, string> = new Map()) {
  const keys = new Set<string>()
  for (const { Key: key, Value: value } of tags) {
    if (key === '') throw invalidValue('Tag key cannot be empty')
    if (keys.has(key)) throw invalidValue(`Duplicate tag key '${key}' specified.`)
    if (/^aws:/i.test(key)) {
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
    }
    if (key.length > longestKey) {
      throw invalidValue(`Tag key exceeds the maximum length of ${longestKey} characters`)
    }
    if (value.length > longestValue) {
      throw invalidValue(`Tag value exceeds the maximum length of ${longestValue} characters`)
    }
    keys.add(key)
  }
  if (new Set([...existing.keys(), ...keys]).size > mostTags) {
    throw new Ec2Error(
      'TagLimitExceeded',
      'The maximum number of Tags for a resource has been reached.',
    )
  }
}

/** Tags of a call by the kind of thing they are for, checked. */
export function tagsByType(
  specifications: readonly TagSpecification[],
  allowed: readonly string[],
): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const byType = new Map<string, readonly Tag[]>()
  for (const { ResourceType: type, Tag: tags } of specifications) {
    if (!allowed.includes(type)) {
      throw invalidValue(`'${type}' is not a valid taggable resource type for this operation.`)
    }
    byType.set(type, [...(byType.get(type) ?? []), ...tags])
  }
  for (const tags of byType.values()) checkTags(tags)
  return new Map(
    [...byType].map(([type, tags]) => [type, tags.map(({ Key, Value }) => [Key, Value] as const)]),
  )
}

export const createTags = defineAction(
  z.strictObject({ ...dryRun, ResourceId: list(text), Tag: tagList }),
  ({ ResourceId: ids, Tag: tags }, { region }) => {
    if (ids.length === 0) throw missing('resourceIdSet')
    if (tags.length === 0) throw missing('tagSet')
    for (const id of ids) {
      checkExists(region, id)
      checkTags(tags, tagsOf(region, id))
    }
    return () => {
      for (const id of ids) {
        setTags(
          region,
          id,
          tags.map(({ Key, Value }) => [Key, Value]),
        )
      }
      return succeeded
    }
  },
)

interface TagEntry {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly value: string
}

const tagFields: FilterFields<TagEntry> = {
  key: ({ key }) => key,
  value: ({ value }) => value,
  'resource-id': ({ id }) => id,
  'resource-type': ({ type }) => type,
}

export const describeTags = defineAction(z.strictObject(paged), (input, { region }) => {
  const fits = matching(input.Filter, tagFields, (entry) => new Map([[entry.key, entry.value]]))
  return () => {
    const page = pageOf(allTags(region).filter(fits), input)
    return {
      tagSet: items(
        page.members.map(({ id, type, key, value }) => ({
          resourceId: id,
          resourceType: type,
          key,
          value,
        })),
      ),
      nextToken: page.nextToken,
    }
  }
})

function allTags(region: Region): readonly TagEntry[] {
  return [...region.tags].flatMap(([id, tags]) =>
    [...tags].map(([key, value]) => ({ id, type: resourceType(id) ?? '', key, value })),
  )
}

function checkExists(region: Region, id: string): void {
  const kind = id.slice(0, id.lastIndexOf('-'))
  if (!isKind(kind)) throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`)
  checkId(kind, id)
  const instance = region.instances.get(id)
  const isThere =
    (instance !== undefined && instance.visibleFrom <= Date.now()) ||
    [region.groups, region.volumes, region.interfaces, region.vpcs, region.subnets].some((things) =>
      things.has(id),
    ) ||
    [...region.keyPairs.values()].some((pair) => pair.id === id) ||
    [...region.groups.values()].some((group) => group.rules.has(id))
  if (!isThere) throw notFound(kind, [id])
}

function missing(name: string): Ec2Error {
  return new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`)
}
