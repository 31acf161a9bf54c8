import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { networkVersions } from '../api-versions.ts'
import type { Held, Kind } from '../kind.ts'
import {
  checkLocation,
  envelopeOf,
  newResource,
  refuseWhileGoing,
  removeLater,
  settle,
} from '../resource-base.ts'
import { formatResourceId, isSameId } from '../resource-id.ts'
import type { ApplicationGroup } from '../resources.ts'
import { checkTags, envelope, parseBody, readOnly } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'
import { pace, type World } from '../world.ts'

const body = z.strictObject({
  ...envelope,
  properties: z.strictObject({ provisioningState: readOnly, resourceGuid: readOnly }).optional(),
})

/** Names for sets of network interfaces, which rules can speak of. */
export const applicationGroups: Kind = {
  type: 'Microsoft.Network/applicationSecurityGroups',
  operations: 'applicationSecurityGroups',
  apiVersions: networkVersions,
  plan(request, world) {
    const input = parseBody(body, request.body, 'Microsoft.Network')
    const tags = checkTags(input.tags)
    const existing = world.account.applicationGroups.get(formatResourceId(request.id))
    const location = checkLocation(input.location, request, existing)
    return {
      apply() {
        refuseWhileGoing(existing)
        const group = existing ?? {
          ...newResource(request, { location: location.name, tags }),
          guid: randomUUID(),
        }
        group.tags = tags
        world.account.applicationGroups.set(group.id, group)
        const state = existing === undefined ? 'Creating' : 'Updating'
        const operation = settle(group, { state, after: pace.network }, world)
        return { held: hold(group, world), isNew: existing === undefined, operation }
      },
    }
  },
  find(id, world) {
    const group = world.account.applicationGroups.get(formatResourceId(id))
    return group && hold(group, world)
  },
  list: (world) => world.account.applicationGroups.values().map((group) => hold(group, world)),
}

function hold(group: ApplicationGroup, world: World): Held {
  return {
    resource: group,
    etag: group.etag,
    view: () => ({
      ...envelopeOf(group),
      etag: group.etag,
      properties: { provisioningState: group.state, resourceGuid: group.guid },
    }),
    remove() {
      const users = usersOf(group, world)
      if (users.length > 0) {
        throw badRequest(
          'InUseApplicationSecurityGroupCannotBeDeleted',
          `Application security group ${group.id} cannot be deleted because it is in use by the following resources: ` +
            `${users.join(', ')}.`,
        )
      }
      return removeLater(group, world, () => world.account.applicationGroups.delete(group.id))
    },
  }
}

function usersOf(group: ApplicationGroup, { account }: World): readonly string[] {
  const isGroup = ({ id }: { readonly id: string }) => isSameId(id, group.id)
  const members = account.interfaces
    .values()
    .flatMap(({ configurations }) => configurations)
    .filter(({ applicationGroupIds }) => applicationGroupIds.some((id) => isGroup({ id })))
  const rules = account.securityGroups
    .values()
    .flatMap(({ rules: all }) => [...all.values()])
    .filter(({ properties }) =>
      [
        ...(properties.sourceApplicationSecurityGroups ?? []),
        ...(properties.destinationApplicationSecurityGroups ?? []),
      ].some(isGroup),
    )
  return [...members, ...rules].map(({ id }) => id)
}
