import { ProvisionError } from '../errors.ts'
import type { MachineState } from '../provider.ts'
import type { PresentNode } from './present-machines.ts'
import type { Scope } from './scope.ts'

/** Milliseconds between looks at the cloud. */
const cloudInterval = 5_000

/** Machines on their way to a state. */
export interface MachineWatch {
  /** Names of the nodes whose machines are not there yet. */
  waitedFor(): string[]
  /**
   * Looks at the cloud, though not at every call, and tells whether all are there. Rejects with
   * `MACHINE_FAILED` once none is left but those that never will be.
   */
  look(): Promise<boolean>
}

export function watchMachines(
  nodes: readonly PresentNode[],
  goal: Extract<MachineState, 'running' | 'stopped'>,
  { session, owner, emit, signal }: Scope,
): MachineWatch {
  const left = new Map(nodes.map((node) => [node.machine.id, node]))
  const failed: ProvisionError[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  const lookAt = async (): Promise<void> => {
    const found = await session.find({ ids: [...left.keys()], owner }, { signal })
    const machines = new Map(found.map((machine) => [machine.id, machine]))
    for (const [id, { name }] of left) {
      const machine = machines.get(id)
      const state = machine?.state ?? 'gone'
      if (state === goal) {
        emit({ type: 'node', name, phase: goal, machine: id, zone: machine?.zone ?? '' })
      } else if (state === 'gone' || state === 'going' || state === 'failed') {
        failed.push(lost(name, state, machine?.reason))
        emit({ type: 'node', name, phase: 'failed', machine: id })
      } else continue
      left.delete(id)
    }
  }
  return {
    waitedFor: () => [...left.values()].map(({ name }) => name),
    async look() {
      if (left.size > 0 && Date.now() - lookedAt >= cloudInterval) {
        lookedAt = Date.now()
        await lookAt()
      }
      const [failure] = failed
      if (left.size === 0 && failure !== undefined) throw failure
      return left.size === 0
    },
  }
}

function lost(name: string, state: MachineState, reason: string | undefined): ProvisionError {
  const what =
    state === 'failed' ? 'has failed' : `is ${state === 'going' ? 'being terminated' : 'gone'}`
  const why = reason === undefined ? '' : `: ${reason}`
  return new ProvisionError('MACHINE_FAILED', `the machine of ${name} ${what}${why}`)
}
