import { findNodes, type NodeWithMachine } from '@kontena/core'
import type { Context } from '../context.ts'
import { printTable } from '../output/print-table.ts'
import type { ListInput } from './provider-options.ts'
import { openSettledScope } from './provider-scope.ts'

/** `kontena <provider> node list` */
export async function listProviderNodes(input: ListInput, context: Context): Promise<void> {
  const scope = await openSettledScope({ input, context })
  const nodes = await findNodes(scope, { signal: context.signal })
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

function toRow({ name, node, machine }: NodeWithMachine): string[] {
  return [
    name,
    node?.status ?? 'no record',
    machine?.id ?? node?.machine?.id ?? '-',
    machine?.state ?? 'gone',
    machine?.zone ?? '-',
    machine?.type ?? '-',
    machine?.publicAddress ?? machine?.privateAddress ?? '-',
  ]
}

function toJson({ name, node, machine }: NodeWithMachine): unknown {
  return {
    name,
    status: node?.status ?? null,
    labels: node?.labels ?? [],
    machine: machine?.id ?? node?.machine?.id ?? null,
    state: machine?.state ?? 'gone',
    zone: machine?.zone ?? null,
    type: machine?.type ?? null,
    public_ip: machine?.publicAddress ?? null,
    private_ip: machine?.privateAddress ?? null,
  }
}
