import { resolveNodes, restartNodes } from '@kontena/core'
import type { Context } from '../context.ts'
import { chooseNode } from '../prompts/choose-nodes.ts'
import type { RestartInput } from './provider-options.ts'
import { groupByRegion } from './provider-regions.ts'
import { openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node restart` */
export async function restartProviderNodes(input: RestartInput, context: Context): Promise<void> {
  const wanted = input.names.length === 0 ? [await chooseNode(input, context)] : input.names
  const regions = await groupByRegion(wanted, input, context)
  for (const [region, names] of regions) {
    const scope = await openSettledScope({ input, context, region })
    const nodes = await resolveNodes(names, scope, { signal: context.signal })
    await restartNodes(nodes, input.timeout, scope)
  }
  context.say(`Restarted ${wanted.join(', ')}`)
}
