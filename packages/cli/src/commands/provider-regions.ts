import { labelValue, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import type { ProviderInput } from './provider-options.ts'

/**
 * Names by the region their machines are in, as the node records say, so that nobody has to type it.
 * Names without a record, and all names where a region was given, go to the default.
 */
export async function groupByRegion(
  names: readonly string[],
  input: ProviderInput,
  context: Context,
): Promise<Map<string | undefined, string[]>> {
  const option = input.provider.regionOption
  if (option === undefined || input.access[option] !== undefined) {
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
