import { z } from 'zod'
import { networkVersions } from '../api-versions.ts'
import type { Held, Kind } from '../kind.ts'
import { refuseWhileBusy, settle } from '../resource-base.ts'
import { formatResourceId, nameOf, parentOf, type ResourceId } from '../resource-id.ts'
import type { Json, SecurityGroup, SecurityRule } from '../resources.ts'
import { parseBody, readOnly } from '../wire/body.ts'
import { notFound } from '../wire/errors.ts'
import { newEtag } from '../wire/etag.ts'
import { pace, type World } from '../world.ts'
import { refer } from './refer.ts'
import { checkPriorities, checkRule, type RuleProperties, ruleProperties } from './rule-body.ts'

const body = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  properties: ruleProperties,
})

/** Rules of a network security group one by one; writing one leaves the others as they are. */
export const securityRules: Kind = {
  type: 'Microsoft.Network/networkSecurityGroups/securityRules',
  operations: 'securityRules',
  apiVersions: networkVersions,
  plan(request, world) {
    const name = nameOf(request.id)
    const input = parseBody(body, request.body, 'Microsoft.Network')
    const properties = checkRule(name, input.properties)
    return {
      apply() {
        const group = groupOf(request.id, world)
        refuseWhileBusy(group)
        const existing = group.rules.get(name.toLowerCase())
        const others = [...group.rules.values()].filter((rule) => rule !== existing)
        checkPriorities([{ name, properties }, ...others])
        checkGroups(properties, group, world)
        const rule = makeRule(group.id, existing?.name ?? name, properties)
        group.rules.set(name.toLowerCase(), rule)
        const operation = settle(group, { state: 'Updating', after: pace.network }, world)
        return { held: hold(rule, group, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const group = world.account.securityGroups.get(formatResourceId(parentOf(id)))
    const rule = group?.rules.get(nameOf(id).toLowerCase())
    return group && rule && hold(rule, group, world)
  },
  list: (world) =>
    world.account.securityGroups
      .values()
      .flatMap((group) => [...group.rules.values()].map((rule) => hold(rule, group, world))),
}

/** @throws ArmError for application security groups that are not there */
export function checkGroups(rule: RuleProperties, group: SecurityGroup, world: World): void {
  const named = [
    ...(rule.sourceApplicationSecurityGroups ?? []),
    ...(rule.destinationApplicationSecurityGroups ?? []),
  ]
  for (const { id } of named) {
    refer(world.account.applicationGroups, id, { from: group.id, location: group.location })
  }
}

export function makeRule(groupId: string, name: string, properties: RuleProperties): SecurityRule {
  return { id: `${groupId}/securityRules/${name}`, name, properties, etag: newEtag() }
}

export function viewRule({ id, name, etag, properties }: SecurityRule, group: SecurityGroup): Json {
  return {
    name,
    id,
    etag,
    type: 'Microsoft.Network/networkSecurityGroups/securityRules',
    properties: {
      sourcePortRanges: [],
      destinationPortRanges: [],
      sourceAddressPrefixes: [],
      destinationAddressPrefixes: [],
      ...properties,
      provisioningState: group.state,
    },
  }
}

function groupOf(id: ResourceId, world: World): SecurityGroup {
  const group = world.account.securityGroups.get(formatResourceId(parentOf(id)))
  if (group !== undefined) return group
  throw notFound(
    'ParentResourceNotFound',
    `Failed to perform 'write' on resource(s) of type '${id.type.slice(id.type.indexOf('/') + 1)}', because the ` +
      `parent resource '${formatResourceId(parentOf(id))}' could not be found.`,
  )
}

function hold(rule: SecurityRule, group: SecurityGroup, world: World): Held {
  return {
    resource: group,
    etag: rule.etag,
    view: () => viewRule(rule, group),
    remove() {
      refuseWhileBusy(group)
      group.rules.delete(rule.name.toLowerCase())
      return settle(group, { state: 'Updating', after: pace.network }, world)
    },
  }
}
