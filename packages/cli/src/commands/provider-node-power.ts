import { resolveNodes, restartNodes, startNodes, stopNodes } from '@kontena/core'
import type { Context } from '../context.ts'
import { chooseNode } from '../prompts/choose-nodes.ts'
import type { PowerInput } from './provider-options.ts'
import { groupByRegion } from './provider-regions.ts'
import { openSettledScope } from './provider-scope.ts'

const changes = {
  start: { work: startNodes, done: 'Started' },
  stop: { work: stopNodes, done: 'Stopped' },
  restart: { work: restartNodes, done: 'Restarted' },
} as const

/** What can be done to a machine's power. */
export type PowerChange = keyof typeof changes

/** `kontena <provider> node start`, `stop` and `restart` */
export async function changePower(
  change: PowerChange,
  input: PowerInput,
  context: Context,
): Promise<void> {
  const { work, done } = changes[change]
  const wanted = input.names.length === 0 ? [await chooseNode(input, context)] : input.names
  const regions = await groupByRegion(wanted, input, context)
  for (const [region, names] of regions) {
    const scope = await openSettledScope({ input, context, region })
    const nodes = await resolveNodes(names, scope, { signal: context.signal })
    await work(nodes, input.timeout, scope)
  }
  context.say(`${done} ${wanted.join(', ')}`)
}
