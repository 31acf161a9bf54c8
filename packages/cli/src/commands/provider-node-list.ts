import { findNodes, isFailure, type NodeWithMachine, type Scope } from '@kontena/core'
import type { Context } from '../context.ts'
import { printTable } from '../output/print-table.ts'
import { askRegion } from '../prompts/ask-options.ts'
import type { ListInput } from './provider-options.ts'
import { knownRegions } from './provider-regions.ts'
import { openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node list` */
export async function listProviderNodes(input: ListInput, context: Context): Promise<void> {
  const nodes: NodeWithMachine[] = []
  for (const scope of await openScopes(input, context)) {
    nodes.push(...(await findNodes(scope, { signal: context.signal })))
  }
  if (context.json) {
    context.printJson(nodes.map(toJson))
    return
  }
  const headings = ['NAME', 'STATUS', 'MACHINE', 'STATE', 'ZONE', 'TYPE', 'ADDRESS']
  const names = nodes.map(({ name }) => name)
  printTable(context, { headings, rows: nodes.map(toRow) }, input.quiet ? { names } : undefined)
  const orphans = nodes.filter(({ node }) => node === undefined)
  if (orphans.length > 0 && !input.quiet) {
    const ids = orphans.flatMap(({ machine }) => machine?.id ?? [])
    context.warn(
      `${ids.join(', ')} cost money but have no node record`,
      `kontena ${input.provider.name} node terminate ${ids.join(' ')}`,
    )
  }
}

/**
 * One scope, or one for each region that the grid has machines in. The region that the cloud's own
 * tools are set to counts too, as machines there may have no record. Where no region is known at all,
 * a person is asked.
 */
async function openScopes(input: ListInput, context: Context): Promise<Scope[]> {
  const regions = await knownRegions(input, context)
  if (regions === undefined) return [await openSettledScope({ input, context })]
  const scopes: Scope[] = []
  try {
    scopes.push(await openSettledScope({ input, context }))
  } catch (error) {
    if (!isFailure(error, 'BAD_OPTIONS')) throw error
    if (regions.length === 0) {
      const region = await askRegion(input.provider, input.access, context)
      if (region === undefined) throw error
      return [await openSettledScope({ input, context, region })]
    }
  }
  const [own] = scopes
  for (const region of regions) {
    if (region !== own?.account.region) {
      scopes.push(await openSettledScope({ input, context, region }))
    }
  }
  return scopes
}

function stateOf({ machine, isUnknown }: NodeWithMachine): string {
  return machine?.state ?? (isUnknown ? 'unknown' : 'gone')
}

function toRow(found: NodeWithMachine): string[] {
  const { name, node, machine } = found
  return [
    name,
    node?.status ?? 'no record',
    machine?.id ?? node?.machine?.id ?? '-',
    stateOf(found),
    machine?.zone ?? '-',
    machine?.type ?? '-',
    machine?.publicAddress ?? machine?.privateAddress ?? '-',
  ]
}

function toJson(found: NodeWithMachine): unknown {
  const { name, node, machine } = found
  return {
    name,
    status: node?.status ?? null,
    labels: node?.labels ?? [],
    machine: machine?.id ?? node?.machine?.id ?? null,
    state: stateOf(found),
    zone: machine?.zone ?? null,
    type: machine?.type ?? null,
    public_ip: machine?.publicAddress ?? null,
    private_ip: machine?.privateAddress ?? null,
  }
}
