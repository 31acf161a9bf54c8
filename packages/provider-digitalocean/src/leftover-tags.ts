import { type Call, isFailure, type Owner, tryEach, unlessGone } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { ownerWords } from './owner-words.ts'
import { listAll } from './pages.ts'
import { gridTag, isOrderTagOf, masterTag } from './tags.ts'
import { requestsAtOnce } from './transport.ts'
import { listVpcs } from './vpcs.ts'

const tag = z.object({
  name: z.string(),
  resources: z.object({ count: z.number().nullish() }).nullish(),
})

/**
 * Deletes the owner's tags that nothing has any more. Deleting a tag takes it off machines too, so those
 * of master and grid stay while another order may be about to use them.
 */
export async function removeLeftoverTags(cloud: Cloud, owner: Owner, call: Call): Promise<void> {
  const question = { scope: 'tag:read', about: 'the tags', key: 'tags', item: tag, ...call }
  try {
    const all = await listAll(cloud, question, (context, page) => dots.listTags(context)(page))
    const unused = all.filter(({ resources }) => resources?.count === 0).map(({ name }) => name)
    const shared = await unusedOwnerTags(cloud, owner, call)
    const ours = unused.filter((name) => isOrderTagOf(name, owner) || shared.includes(name))
    await tryEach(ours, { ...call, atOnce: requestsAtOnce }, (name) => removeTag(cloud, name, call))
  } catch (error) {
    // Such tags cost nothing, and a token may well lack the scopes.
    if (!isFailure(error, 'ACCESS_DENIED')) throw error
  }
}

/** An order makes sure of its VPC before it uses a tag, so that no VPC means no order. */
async function unusedOwnerTags(cloud: Cloud, owner: Owner, call: Call): Promise<readonly string[]> {
  const descriptions = (await listVpcs(cloud, call)).map(({ description }) => description ?? '')
  const words = new Set(descriptions.flatMap((description) => description.split(' ')))
  const [master = '', grid = ''] = ownerWords(owner).split(' ')
  return [
    ...(words.has(master) ? [] : [masterTag(owner)]),
    ...(words.has(grid) ? [] : [gridTag(owner)]),
  ]
}

async function removeTag(cloud: Cloud, name: string, call: Call): Promise<void> {
  const question = { scope: 'tag:delete', about: `tag ${name}`, ...call }
  await unlessGone(() =>
    cloud.ask(question, z.unknown(), (context) => dots.deleteTag(context)({ tag_name: name })),
  )
}
