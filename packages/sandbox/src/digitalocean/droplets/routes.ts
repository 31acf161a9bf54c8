import type { z } from 'zod'
import type { Account, DigitaloceanCall, DigitaloceanRoute, Droplet } from '../account.ts'
import { badRequest, notFound, unprocessable } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import { createInput } from './create-input.ts'
import { planDroplets } from './create-plan.ts'
import { type Made, makeDroplets } from './make.ts'
import { dropletView } from './view.ts'

export const dropletRoutes: readonly DigitaloceanRoute[] = [
  { method: 'POST', path: 'droplets', action: 'droplets.create', answer: create },
  { method: 'GET', path: 'droplets', action: 'droplets.list', answer: list },
  {
    method: 'GET',
    path: 'droplets/:id',
    action: 'droplets.get',
    answer(call) {
      return { status: 200, body: { droplet: dropletView(visibleDroplet(call), call.world) } }
    },
  },
  {
    method: 'DELETE',
    path: 'droplets/:id',
    action: 'droplets.delete',
    answer(call) {
      const droplet = findDroplet(call)
      refuseWhileBusy(droplet)
      call.world.lifecycle.destroy(droplet, call.world)
      return { status: 204 }
    },
  },
  {
    method: 'DELETE',
    path: 'droplets',
    action: 'droplets.delete_by_tag',
    answer({ query, world }) {
      const tag = query.get('tag_name')
      if (tag === null) throw badRequest()
      for (const droplet of tagged(world, tag)) {
        if (droplet.event === undefined) world.lifecycle.destroy(droplet, world)
      }
      return { status: 204 }
    },
  },
]

/** There is no idempotency: the same call again makes as many droplets again. */
function create(call: DigitaloceanCall) {
  const parsed = createInput.safeParse(call.body)
  if (!parsed.success) throw unprocessable(missingText(parsed.error))
  const { world } = call
  const made = makeDroplets(planDroplets(parsed.data, world), world)
  const droplets = made.map(({ droplet }) => dropletView(droplet, world))
  const links = { actions: made.map((one) => actionLink(one, call)) }
  const body = 'names' in parsed.data ? { droplets, links } : { droplet: droplets[0], links }
  return { status: 202, body }
}

function actionLink({ action }: Made, { url }: DigitaloceanCall) {
  return { id: action.id, rel: 'create', href: `${url.origin}/v2/actions/${action.id}` }
}

function missingText(error: z.ZodError): string {
  const [first] = error.issues.flatMap((issue) =>
    issue.code === 'invalid_union' ? (issue.errors.at(-1) ?? []) : [issue],
  )
  const field = first?.path[0]
  return field === undefined ? 'unable to parse request' : `${String(field)} is invalid or missing`
}

function list(call: DigitaloceanCall) {
  const { query, world } = call
  const tag = query.get('tag_name')
  const name = query.get('name')
  // Only droplets with a GPU have another type, and there are none here.
  const all = query.get('type') === 'gpus' ? [] : tagged(world, tag)
  const now = Date.now()
  const shown = all
    .filter(({ visibleFrom }) => visibleFrom <= now)
    .filter((droplet) => name === null || droplet.name.toLowerCase() === name.toLowerCase())
  return page(
    call,
    'droplets',
    shown.map((droplet) => dropletView(droplet, world)),
  )
}

/** All droplets, or those with a tag; a tag that does not exist has none. */
function tagged(world: Account, tag: string | null): readonly Droplet[] {
  const all = [...world.droplets.values()]
  return tag === null ? all : all.filter(({ tags }) => tags.has(tag.toLowerCase()))
}

/** The droplet that a path names. */
export function findDroplet({ parameters: { id }, world }: DigitaloceanCall): Droplet {
  const droplet = world.droplets.get(Number(id))
  if (droplet === undefined) throw notFound()
  return droplet
}

function visibleDroplet(call: DigitaloceanCall): Droplet {
  const droplet = findDroplet(call)
  if (droplet.visibleFrom > Date.now()) throw notFound()
  return droplet
}

export function refuseWhileBusy({ event }: Droplet): void {
  if (event !== undefined) throw unprocessable('Droplet already has a pending event.')
}
