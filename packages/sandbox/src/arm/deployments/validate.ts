import { randomUUID } from 'node:crypto'
import { refuseUnlessRegistered } from '../catalog/provider-routes.ts'
import { checkDemands } from '../compute/room.ts'
import type { Demand } from '../kind.ts'
import { checkName } from '../kind-routes.ts'
import { ArmError, badRequest, type ErrorDetail } from '../wire/errors.ts'
import type { World } from '../world.ts'
import type { TemplateResource } from './resolve.ts'

/**
 * What Azure looks at before it takes a deployment on: each resource by itself, then whether there is room
 * and quota for all machines together. What resources refer to shows only when they are made.
 *
 * @throws ArmError naming everything that is wrong
 */
export function validate(name: string, resources: readonly TemplateResource[], world: World): void {
  const demands: Demand[] = []
  const details = resources.flatMap((resource) =>
    detailsOf(() => {
      const demand = validateOne(resource, world)
      if (demand !== undefined) demands.push(demand)
    }, resource.id),
  )
  if (details.length === 0) details.push(...detailsOf(() => checkDemands(demands, world)))
  if (details.length === 0) return
  throw new ArmError({
    code: 'InvalidTemplateDeployment',
    message:
      `The template deployment '${name}' is not valid according to the validation procedure. The tracking id is ` +
      `'${randomUUID()}'. See inner errors for details.`,
    details,
  })
}

function validateOne(resource: TemplateResource, world: World): Demand | undefined {
  const { kind, resourceId: id, apiVersion, body, type } = resource
  refuseUnlessRegistered(type.split('/')[0] ?? '', world)
  checkName(id)
  if (!kind.apiVersions.includes(apiVersion)) {
    throw badRequest(
      'NoRegisteredProviderFound',
      `No registered resource provider found for location '${resource.location}' and API version '${apiVersion}' for ` +
        `type '${type.slice(type.indexOf('/') + 1)}'. The supported api-versions are '${kind.apiVersions.join(', ')}'.`,
    )
  }
  return kind.plan({ id, body, apiVersion }, world).demand
}

/** In a deployment, quota has a code of its own. */
function detailsOf(check: () => void, target?: string): ErrorDetail[] {
  try {
    check()
    return []
  } catch (error) {
    if (!(error instanceof ArmError)) throw error
    const { detail } = error
    const isQuota = /exceeding approved/.test(detail.message)
    return [{ target, ...detail, ...(isQuota ? { code: 'QuotaExceeded' } : {}) }]
  }
}
