import { z } from 'zod'
import { defineAction } from '../action.ts'
import { newId } from '../ids.ts'
import { type Region, setTags, tagsOf } from '../region.ts'
import type { KeyPair } from '../resources.ts'
import { tagsByType } from '../tags.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import { boolean, dryRun, filters, list, tagSpecifications, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { items, tagSet, timestamp } from '../wire/xml.ts'
import { readPublicKey } from './public-key.ts'

export const importKeyPair = defineAction(
  z.strictObject({
    ...dryRun,
    KeyName: text,
    PublicKeyMaterial: text,
    TagSpecification: tagSpecifications,
  }),
  ({ KeyName: name, PublicKeyMaterial: material, TagSpecification }, { region }) => {
    if (!/^[\x20-\x7e]{1,255}$/.test(name)) {
      throw invalidValue(`Value (${name}) for parameter keyName is invalid.`)
    }
    const publicKey = Buffer.from(material, 'base64').toString('utf8')
    const key = readPublicKey(publicKey)
    const tags = tagsByType(TagSpecification, ['key-pair'])
    if (region.keyPairs.has(name)) {
      throw new Ec2Error('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`)
    }
    return () => {
      const pair: KeyPair = { id: newId('key'), name, ...key, publicKey, createdAt: new Date() }
      region.keyPairs.set(name, pair)
      setTags(region, pair.id, tags.get('key-pair') ?? [])
      return {
        keyPairId: pair.id,
        keyName: name,
        keyFingerprint: pair.fingerprint,
        tagSet: tagSet(tagsOf(region, pair.id)),
      }
    }
  },
)

/** A pair that is not there is no error, as on EC2. */
export const deleteKeyPair = defineAction(
  z.strictObject({ ...dryRun, KeyName: text.optional(), KeyPairId: text.optional() }),
  ({ KeyName: name, KeyPairId: id }, { region }) => {
    if (name === undefined && id === undefined) {
      throw new Ec2Error('MissingParameter', 'The request must contain the parameter KeyName')
    }
    const pair = [...region.keyPairs.values()].find((one) =>
      id === undefined ? one.name === name : one.id === id,
    )
    return () => {
      if (pair !== undefined) {
        region.keyPairs.delete(pair.name)
        region.tags.delete(pair.id)
      }
      return { return: true, keyPairId: pair?.id }
    }
  },
)

const keyFields: FilterFields<KeyPair> = {
  'key-pair-id': ({ id }) => id,
  fingerprint: ({ fingerprint }) => fingerprint,
  'key-name': ({ name }) => name,
}

export const describeKeyPairs = defineAction(
  z.strictObject({
    ...dryRun,
    Filter: filters,
    KeyName: list(text),
    KeyPairId: list(text),
    IncludePublicKey: boolean.default(false),
  }),
  (input, { region }) => {
    const fits = matching(input.Filter, keyFields, ({ id }) => tagsOf(region, id))
    const pairs = namedPairs(input, region)
    return () => ({
      keySet: items(
        pairs.filter(fits).map((pair) => ({
          keyPairId: pair.id,
          keyFingerprint: pair.fingerprint,
          keyName: pair.name,
          keyType: pair.type,
          tagSet: tagSet(tagsOf(region, pair.id)),
          publicKey: input.IncludePublicKey ? pair.publicKey : undefined,
          createTime: timestamp(pair.createdAt),
        })),
      ),
    })
  },
)

function namedPairs(
  { KeyName: names, KeyPairId: ids }: { KeyName: readonly string[]; KeyPairId: readonly string[] },
  region: Region,
): readonly KeyPair[] {
  const all = [...region.keyPairs.values()]
  const wanted = [...names, ...ids]
  if (wanted.length === 0) return all
  return wanted.map((nameOrId) => {
    const pair = region.keyPairs.get(nameOrId) ?? all.find(({ id }) => id === nameOrId)
    if (pair !== undefined) return pair
    throw new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${nameOrId}' does not exist`)
  })
}
