import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { networkVersions } from '../api-versions.ts'
import type { Held, Kind } from '../kind.ts'
import {
  checkLocation,
  envelopeOf,
  newResource,
  refuseWhileBusy,
  removeLater,
  settle,
} from '../resource-base.ts'
import { formatResourceId, isSameId } from '../resource-id.ts'
import type { SecurityGroup } from '../resources.ts'
import { checkTags, envelope, parseBody, readOnly } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'
import { defaultRules } from './default-rules.ts'
import { checkPriorities, checkRule, ruleProperties } from './rule-body.ts'
import { checkGroups, makeRule, viewRule } from './rules.ts'

const rule = z.strictObject({
  id: readOnly,
  type: readOnly,
  etag: readOnly,
  name: z.string().min(1).max(80),
  properties: ruleProperties,
})

const body = z.strictObject({
  ...envelope,
  properties: z
    .strictObject({
      securityRules: z.array(rule).default([]),
      flushConnection: z.boolean().optional(),
      defaultSecurityRules: readOnly,
      networkInterfaces: readOnly,
      subnets: readOnly,
      provisioningState: readOnly,
      resourceGuid: readOnly,
    })
    .default({ securityRules: [] }),
})

/** Firewalls of interfaces and subnets. A PUT replaces all of their rules. */
export const securityGroups: Kind = {
  type: 'Microsoft.Network/networkSecurityGroups',
  operations: 'networkSecurityGroups',
  apiVersions: networkVersions,
  plan(request, world) {
    const input = parseBody(body, request.body, 'Microsoft.Network')
    const tags = checkTags(input.tags)
    const existing = world.account.securityGroups.get(formatResourceId(request.id))
    const location = checkLocation(input.location, request, existing)
    const rules = input.properties.securityRules.map(({ name, properties }) => ({
      name,
      properties: checkRule(name, properties),
    }))
    checkPriorities(rules)
    return {
      apply() {
        if (existing !== undefined) refuseWhileBusy(existing)
        const group: SecurityGroup = existing ?? {
          ...newResource(request, { location: location.name, tags }),
          guid: randomUUID(),
          rules: new Map(),
        }
        for (const { properties } of rules) checkGroups(properties, group, world)
        group.tags = tags
        group.rules.clear()
        for (const { name, properties } of rules) {
          group.rules.set(name.toLowerCase(), makeRule(group.id, name, properties))
        }
        world.account.securityGroups.set(group.id, group)
        const state = existing === undefined ? 'Creating' : 'Updating'
        const operation = settle(group, { state, after: pace.network }, world)
        return { held: hold(group, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const group = world.account.securityGroups.get(formatResourceId(id))
    return group && hold(group, world)
  },
  list: (world) => world.account.securityGroups.values().map((group) => hold(group, world)),
}

function hold(group: SecurityGroup, world: World): Held {
  return {
    resource: group,
    etag: group.etag,
    view() {
      const { interfaces, subnets } = usersOf(group, world)
      return {
        ...envelopeOf(group),
        etag: group.etag,
        properties: {
          provisioningState: group.state,
          resourceGuid: group.guid,
          securityRules: [...group.rules.values()].map((one) => viewRule(one, group)),
          defaultSecurityRules: defaultRules(group.id, group.etag),
          ...(interfaces.length === 0 ? {} : { networkInterfaces: interfaces }),
          ...(subnets.length === 0 ? {} : { subnets }),
        },
      }
    },
    remove() {
      const { interfaces, subnets } = usersOf(group, world)
      const users = [...interfaces, ...subnets].map(({ id }) => id)
      if (users.length > 0) {
        throw badRequest(
          'InUseNetworkSecurityGroupCannotBeDeleted',
          `Network security group ${group.id} cannot be deleted because it is in use by the following resources: ` +
            `${users.join(', ')}. In order to delete the Network security group, remove the association with the ` +
            'resource(s). To learn how to do this, see aka.ms/deletensg.',
        )
      }
      return removeLater(group, world, () => world.account.securityGroups.delete(group.id))
    },
  }
}

function usersOf(group: SecurityGroup, { account }: World) {
  const uses = ({ securityGroupId }: { readonly securityGroupId: string | undefined }) =>
    securityGroupId !== undefined && isSameId(securityGroupId, group.id)
  const idOf = ({ id }: { readonly id: string }) => ({ id })
  return {
    interfaces: account.interfaces.values().filter(uses).map(idOf),
    subnets: account.networks
      .values()
      .flatMap((network) => [...network.subnets.values()])
      .filter(uses)
      .map(idOf),
  }
}
