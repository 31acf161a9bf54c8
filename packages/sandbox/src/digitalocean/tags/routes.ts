import { z } from 'zod'
import { Refusal } from '../../rest/refusal.ts'
import type { Account, DigitaloceanCall, DigitaloceanRoute, Droplet } from '../account.ts'
import { badRequest, notFound } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { isTag, rememberTags } from './names.ts'

const input = z.object({ name: z.string() })
const resources = z.object({
  resources: z.array(z.object({ resource_id: z.string(), resource_type: z.string() })),
})

export const tagRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'GET',
    path: 'tags',
    action: 'tags.list',
    answer: (call) =>
      page(
        call,
        'tags',
        [...call.world.tags.keys()].map((tag) => view(tag, call)),
      ),
  },
  { method: 'POST', path: 'tags', action: 'tags.create', answer: create },
  {
    method: 'GET',
    path: 'tags/:tag',
    action: 'tags.get',
    answer: (call) => ({ status: 200, body: { tag: view(namedTag(call), call) } }),
  },
  { method: 'DELETE', path: 'tags/:tag', action: 'tags.delete', answer: remove },
  {
    method: 'POST',
    path: 'tags/:tag/resources',
    action: 'tags.tag',
    answer: (call) => mark(call, (droplet, tag) => droplet.tags.add(tag)),
  },
  {
    method: 'DELETE',
    path: 'tags/:tag/resources',
    action: 'tags.untag',
    answer: (call) => mark(call, (droplet, tag) => droplet.tags.delete(tag)),
  },
]

/** A tag that is there is given back as it is. */
function create(call: DigitaloceanCall) {
  const parsed = input.safeParse(call.body)
  if (!parsed.success) throw badRequest()
  const { name } = parsed.data
  if (!isTag(name)) throw invalidName(name)
  rememberTags(call.world, [name])
  return { status: 201, body: { tag: view(name.toLowerCase(), call) } }
}

/** The only error document of its kind in the whole API. */
function invalidName(name: string): Refusal {
  const error = `Error validating resource tag: "tag-name \\"${name}\\" contains invalid characters"`
  const cause = `rpc error: code = InvalidArgument desc = ${error}`
  return new Refusal(400, 'bad_request', error, {
    body: { error, messages: null, root_causes: [cause] },
  })
}

/** Takes it off everything that carries it. */
function remove(call: DigitaloceanCall) {
  const tag = namedTag(call)
  call.world.tags.delete(tag)
  for (const droplet of call.world.droplets.values()) droplet.tags.delete(tag)
  for (const firewall of call.world.firewalls.values()) firewall.tags.delete(tag)
  return { status: 204 }
}

function mark(call: DigitaloceanCall, act: (droplet: Droplet, tag: string) => void) {
  const tag = namedTag(call)
  const parsed = resources.safeParse(call.body)
  if (!parsed.success) throw badRequest()
  const droplets = parsed.data.resources.map(({ resource_id: id, resource_type: type }) => {
    const droplet = type === 'droplet' ? call.world.droplets.get(Number(id)) : undefined
    if (droplet === undefined) throw notFound()
    return droplet
  })
  for (const droplet of droplets) act(droplet, tag)
  return { status: 204 }
}

/** In lower case. */
function namedTag({ parameters: { tag = '' }, world }: DigitaloceanCall): string {
  if (!world.tags.has(tag.toLowerCase())) throw notFound()
  return tag.toLowerCase()
}

function view(tag: string, { url, world }: DigitaloceanCall) {
  const tagged = taggedDroplets(world, tag)
  const last = tagged.at(-1)
  const uri = last === undefined ? {} : { last_tagged_uri: `${url.origin}/v2/droplets/${last.id}` }
  const droplets = { count: tagged.length, ...uri }
  const none = { count: 0 }
  return {
    name: world.tags.get(tag) ?? tag,
    resources: {
      ...droplets,
      droplets,
      images: none,
      volumes: none,
      volume_snapshots: none,
      databases: none,
    },
  }
}

function taggedDroplets(world: Account, tag: string): readonly Droplet[] {
  return [...world.droplets.values()].filter(({ tags }) => tags.has(tag))
}
