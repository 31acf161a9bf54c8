import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { DigitaloceanCall, DigitaloceanRoute, Firewall, FirewallRule } from '../account.ts'
import { findDroplet } from '../droplets/routes.ts'
import { notFound, unprocessable } from '../refusals.ts'
import { page } from '../wire/paging.ts'
import {
  checkFirewall,
  checkRules,
  checkTargets,
  firewallInput,
  readRules,
  rulesInput,
} from './input.ts'
import { coveredDroplets, firewallView } from './view.ts'

const droplets = z.object({ droplet_ids: z.array(z.number()) })
const tags = z.object({ tags: z.array(z.string()) })

export const firewallRoutes: readonly DigitaloceanRoute[] = [
  {
    method: 'GET',
    path: 'firewalls',
    action: 'firewalls.list',
    answer: (call) => listed(call, [...call.world.firewalls.values()]),
  },
  { method: 'POST', path: 'firewalls', action: 'firewalls.create', answer: create },
  {
    method: 'GET',
    path: 'firewalls/:firewall',
    action: 'firewalls.get',
    answer: (call) => shown(200, namedFirewall(call), call),
  },
  { method: 'PUT', path: 'firewalls/:firewall', action: 'firewalls.update', answer: replace },
  {
    method: 'DELETE',
    path: 'firewalls/:firewall',
    action: 'firewalls.delete',
    answer(call) {
      call.world.firewalls.delete(namedFirewall(call).id)
      return { status: 204 }
    },
  },
  {
    method: 'POST',
    path: 'firewalls/:firewall/rules',
    action: 'firewalls.add_rules',
    answer: (call) => changeRules(call, (own, given) => [...own.filter(not(given)), ...given]),
  },
  {
    method: 'DELETE',
    path: 'firewalls/:firewall/rules',
    action: 'firewalls.remove_rules',
    answer: (call) => changeRules(call, (own, given) => own.filter(not(given))),
  },
  ...(['POST', 'DELETE'] as const).flatMap((method): readonly DigitaloceanRoute[] => [
    {
      method,
      path: 'firewalls/:firewall/droplets',
      action: method === 'POST' ? 'firewalls.add_droplets' : 'firewalls.remove_droplets',
      answer: (call) => changeDroplets(call, method === 'POST'),
    },
    {
      method,
      path: 'firewalls/:firewall/tags',
      action: method === 'POST' ? 'firewalls.add_tags' : 'firewalls.remove_tags',
      answer: (call) => changeTags(call, method === 'POST'),
    },
  ]),
  {
    method: 'GET',
    path: 'droplets/:id/firewalls',
    action: 'droplets.list_firewalls',
    answer(call) {
      const droplet = findDroplet(call)
      const all = [...call.world.firewalls.values()]
      return listed(
        call,
        all.filter((one) => coveredDroplets(one, call.world).includes(droplet)),
      )
    },
  },
]

function create(call: DigitaloceanCall) {
  const input = parse(firewallInput, call)
  checkFirewall(input, call.world)
  const rules = readRules(input, call.world)
  checkRules(rules)
  const firewall: Firewall = {
    id: randomUUID(),
    name: input.name,
    ...rules,
    createdAt: new Date(),
    droplets: new Set(input.droplet_ids ?? []),
    tags: lowered(input.tags ?? []),
    changedAt: Date.now(),
  }
  call.world.firewalls.set(firewall.id, firewall)
  return shown(202, firewall, call)
}

/** What the call leaves out is reset. */
function replace(call: DigitaloceanCall) {
  const firewall = namedFirewall(call)
  const input = parse(firewallInput, call)
  checkFirewall(input, call.world, firewall.id)
  const rules = readRules(input, call.world)
  checkRules(rules)
  Object.assign(firewall, rules, {
    name: input.name,
    droplets: new Set(input.droplet_ids ?? []),
    tags: lowered(input.tags ?? []),
  })
  return shown(200, changed(firewall), call)
}

type Change = (
  own: readonly FirewallRule[],
  given: readonly FirewallRule[],
) => readonly FirewallRule[]

function changeRules(call: DigitaloceanCall, change: Change) {
  const firewall = namedFirewall(call)
  const given = readRules(parse(rulesInput, call), call.world)
  const rules = {
    inbound: change(firewall.inbound, given.inbound),
    outbound: change(firewall.outbound, given.outbound),
  }
  checkRules(rules)
  changed(Object.assign(firewall, rules))
  return { status: 204 }
}

function changeDroplets(call: DigitaloceanCall, isAdded: boolean) {
  const firewall = namedFirewall(call)
  const { droplet_ids: ids } = parse(droplets, call)
  const after = union(firewall.droplets, ids, isAdded)
  checkTargets(isAdded ? [...after] : [], [], call.world)
  changed(Object.assign(firewall, { droplets: after }))
  return { status: 204 }
}

function changeTags(call: DigitaloceanCall, isAdded: boolean) {
  const firewall = namedFirewall(call)
  const after = union(firewall.tags, lowered(parse(tags, call).tags), isAdded)
  checkTargets([], isAdded ? [...after] : [], call.world)
  changed(Object.assign(firewall, { tags: after }))
  return { status: 204 }
}

function union<Thing>(
  own: ReadonlySet<Thing>,
  given: Iterable<Thing>,
  isAdded: boolean,
): Set<Thing> {
  const after = new Set(own)
  for (const one of given) {
    if (isAdded) after.add(one)
    else after.delete(one)
  }
  return after
}

function not(given: readonly FirewallRule[]): (rule: FirewallRule) => boolean {
  return (rule) => !given.some((other) => isDeepStrictEqual(rule, other))
}

function changed(firewall: Firewall): Firewall {
  firewall.changedAt = Date.now()
  return firewall
}

function lowered(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}

function parse<Input>(schema: z.ZodType<Input>, { body }: DigitaloceanCall): Input {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw unprocessable(`invalid ${String(parsed.error.issues[0]?.path.at(-1) ?? 'request')}`)
}

function listed(call: DigitaloceanCall, firewalls: readonly Firewall[]) {
  return page(
    call,
    'firewalls',
    firewalls.map((firewall) => firewallView(firewall, call.world)),
  )
}

function shown(status: number, firewall: Firewall, { world }: DigitaloceanCall) {
  return { status, body: { firewall: firewallView(firewall, world) } }
}

function namedFirewall({ parameters: { firewall: id = '' }, world }: DigitaloceanCall): Firewall {
  const firewall = world.firewalls.get(id)
  if (firewall === undefined) throw notFound()
  return firewall
}
