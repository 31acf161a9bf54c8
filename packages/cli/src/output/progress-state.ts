import type { NodePhase, ProvisionEvent } from '@kontena/core'
import { fitWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { type Frame, type NodeProgress, progressLines } from './progress-lines.ts'
import { stepText } from './step-text.ts'
import { waitingText } from './waiting-text.ts'

/** What an operation is at: its step, what it waits for, and where each node stands. */
export interface ProgressState {
  /** Takes an event in. Returns false where it tells something to print rather than a state. */
  apply(event: ProvisionEvent): boolean
  /** The step that is over now, as the next one begins or the operation ends. */
  endStep(): string | undefined
  lines(view: Omit<Frame, 'nodes'>): string[]
}

const endings: ReadonlySet<NodePhase> = new Set(['online', 'failed', 'stopped', 'gone'])

export function openProgressState(): ProgressState {
  const nodes = new Map<string, NodeProgress>()
  let step: string | undefined
  let waiting: { text: string; until: number } | undefined

  return {
    apply(event) {
      switch (event.type) {
        case 'waiting':
          waiting = { text: waitingText(event), until: Date.now() + event.milliseconds }
          return true
        case 'step-done':
          return true
        case 'step':
          waiting = undefined
          step = printable(stepText(event))
          return true
        case 'order-opened':
          for (const node of event.nodes) noteNode(nodes, { ...node, phase: 'requested' })
          return true
        case 'node':
          noteNode(nodes, event)
          return true
        default:
          return false
      }
    },
    endStep() {
      const ended = step
      step = undefined
      waiting = undefined
      return ended
    },
    lines(view) {
      const head = [
        ...(step === undefined ? [] : [`    *   ${step} .. ${view.spinner}`]),
        // Others may get on meanwhile; the reason stays for as long as it holds.
        ...(waiting === undefined || waiting.until < view.now ? [] : [`        ${waiting.text}`]),
      ].map((line) => fitWidth(line, view.columns - 1))
      if (nodes.size === 0) return head
      const rows = view.rows - head.length
      return [...head, ...progressLines({ ...view, nodes: [...nodes.values()], rows })]
    },
  }
}

function noteNode(
  nodes: Map<string, NodeProgress>,
  change: { name: string; phase: NodePhase; zone?: string },
): void {
  const known = nodes.get(change.name)
  const now = Date.now()
  nodes.set(change.name, {
    name: change.name,
    phase: change.phase,
    zone: change.zone ?? known?.zone,
    since: known?.since ?? now,
    ended: endings.has(change.phase) ? (known?.ended ?? now) : undefined,
  })
}
