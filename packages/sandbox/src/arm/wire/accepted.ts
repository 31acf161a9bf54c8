import type { Operation } from '../operations.ts'
import { subscriptionId } from '../resource-id.ts'
import type { Call } from '../route.ts'
import type { World } from '../world.ts'

/** Seconds between polls that Azure asks for, whose machines boot in some forty. */
const usualPause = 10
const usualBoot = 40

/**
 * Headers that tell where to ask how an operation goes. A reply that shows the resource itself names only
 * the status, and nothing once that is over.
 */
export function operationHeaders(
  operation: Operation,
  { url, apiVersion }: Pick<Call, 'url' | 'apiVersion'>,
  world: World,
  where: 'both' | 'status' = 'both',
): Readonly<Record<string, string>> {
  if (where === 'status' && operation.status !== 'InProgress') return {}
  const { namespace, location, id } = operation
  const base = `${url}/subscriptions/${subscriptionId}/providers/${namespace}/locations/${location}`
  const status = `${base}/operations/${id}?api-version=${apiVersion}`
  return {
    'azure-asyncoperation': status,
    ...(where === 'both'
      ? { location: `${base}/operationResults/${id}?api-version=${apiVersion}` }
      : {}),
    ...retryAfter(world),
  }
}

/** In proportion to how fast everything goes here. */
export function retryAfter({ bootTime }: World): Readonly<Record<string, string>> {
  const pause = Math.floor((bootTime / 1000) * (usualPause / usualBoot))
  return { 'retry-after': String(Math.min(usualPause, pause)) }
}
