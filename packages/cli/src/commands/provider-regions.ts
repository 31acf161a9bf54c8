import { listOrders } from '@kontena/core'
import { labelValue, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { ordersFolder } from '../open-orders.ts'
import type { ProviderInput } from './provider-options.ts'

/**
 * Names by the region their machines are in, as the node records say, so that nobody has to type it.
 * Names without a record, and all names where a region was typed, go to the default.
 */
export async function groupByRegion(
  names: readonly string[],
  input: ProviderInput,
  context: Context,
): Promise<Map<string | undefined, string[]>> {
  if (input.provider.regionOption === undefined || input.isRegionTyped) {
    return new Map([[undefined, [...names]]])
  }
  const session = await openMasterSession(context, { grid: input.grid })
  const nodes = await session.client.nodes(requireGrid(session), context.signal)
  const regionOf = (name: string): string | undefined => {
    const node = nodes.find((candidate) => candidate.name === name)
    return node === undefined ? undefined : nodeRegion(node, input.provider.name)
  }
  return Map.groupBy(names, regionOf)
}

function nodeRegion(node: Node, provider: string): string | undefined {
  if (node.machine !== null) return node.machine.region
  if (labelValue(node.labels, 'provider') !== provider) return undefined
  return labelValue(node.labels, 'region')
}

/**
 * Regions in which the grid has, or may have, machines of this provider: those of its node records,
 * and those of orders that are still open here. Undefined where a region was typed, or there are none.
 */
export async function knownRegions(
  input: ProviderInput,
  context: Context,
): Promise<readonly string[] | undefined> {
  const { provider, isRegionTyped } = input
  if (provider.regionOption === undefined || isRegionTyped) return undefined
  const session = await openMasterSession(context, { grid: input.grid })
  const grid = requireGrid(session)
  const nodes = await session.client.nodes(grid, context.signal)
  const orders = listOrders(ordersFolder(context)).map(({ order }) => order)
  return [
    ...new Set([
      ...nodes.flatMap((node) => regionHere(node, provider.name) ?? []),
      ...orders.flatMap((order) =>
        order.provider === provider.name && order.grid === grid ? order.account.region : [],
      ),
    ]),
  ].sort()
}

function regionHere(node: Node, provider: string): string | undefined {
  const isOther = node.machine !== null && node.machine.provider !== provider
  return isOther ? undefined : nodeRegion(node, provider)
}
