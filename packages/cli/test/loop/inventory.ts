import type { CloudView } from './cloud-view.ts'
import type { Lab } from './lab.ts'

/** What there is after a command, counted at the cloud and at the master. */
export interface Inventory {
  readonly nodes: number
  /** What machines of a grid share, and is ours. */
  readonly shared: readonly string[]
  /** Machines without a node record, parts without a machine, and nodes without a machine or not online. */
  readonly leaked: readonly string[]
  /** Nodes without a machine, which the command left so and told. */
  readonly emptied: readonly string[]
  /** Machines that more than one node has. */
  readonly duplicates: readonly string[]
}

/** @param said what the command said: a node whose machine it left stopped is not leaked when it told so */
export async function takeInventory(lab: Lab, cloud: CloudView, said: string): Promise<Inventory> {
  const alive = cloud.machines(lab.sandbox)
  const nodes = await lab.master.nodes(lab.grid)
  const full = nodes.filter(({ name }) => !said.includes(`${name} was left without a machine`))
  const owned = full.flatMap(({ machine }) => machine?.id ?? [])
  return {
    nodes: nodes.length,
    shared: cloud.shared(lab.sandbox),
    leaked: [
      ...alive.filter((id) => !owned.includes(id)),
      ...cloud.loose(lab.sandbox),
      ...full.filter(({ machine }) => !alive.includes(machine?.id ?? '')).map(({ id }) => id),
      ...full
        .filter(({ name, status }) => status !== 'online' && !isToldStopped(said, name))
        .map(({ id }) => id),
    ],
    emptied: nodes.filter((node) => !full.includes(node)).map(({ name }) => name),
    duplicates: owned.filter((id, index) => owned.indexOf(id) !== index),
  }
}

function isToldStopped(said: string, name: string): boolean {
  return said.includes(`${name} was not terminated and its machine is stopped`)
}
