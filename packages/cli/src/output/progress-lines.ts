import { type NodePhase, nodePhases } from '@kontena/core'
import { formatDuration } from '../options/duration.ts'
import { fitWidth, padWidth } from './display-width.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** What is known of one node while its order runs. Times are in milliseconds. */
export interface NodeProgress {
  readonly name: string
  readonly phase: NodePhase
  readonly zone: string | undefined
  readonly since: number
  /** When it reached a phase that ends the waiting. */
  readonly ended: number | undefined
}

export interface Frame {
  readonly nodes: readonly NodeProgress[]
  readonly now: number
  readonly columns: number
  /** Lines there is room for. */
  readonly rows: number
  readonly spinner: string
  readonly style: Style
}

const phaseWidth = Math.max(...nodePhases.map((phase) => phase.length))

/** One line per node, or one per phase where there are more nodes than room. */
export function progressLines(frame: Frame): string[] {
  return frame.nodes.length <= frame.rows ? nodeLines(frame) : summaryLines(frame)
}

function nodeLines({ nodes, now, columns, spinner, style }: Frame): string[] {
  const nameWidth = Math.max(...nodes.map((node) => printable(node.name).length), 4)
  const zoneWidth = Math.max(...nodes.map((node) => printable(node.zone ?? '').length), 1)
  return nodes.map((node) => {
    const cells = [
      padWidth(printable(node.name), nameWidth),
      padWidth(printable(node.zone ?? ''), zoneWidth),
      padWidth(node.phase, phaseWidth),
      formatDuration((node.ended ?? now) - node.since).padStart(6),
    ].join('  ')
    const line = fitWidth(cells, Math.max(0, columns - 5))
    return ` ${markOf(node, spinner, style)} ${line}`
  })
}

function summaryLines({ nodes, now, columns, style }: Frame): string[] {
  const counts = nodePhases.flatMap((phase) => {
    const count = nodes.filter((node) => node.phase === phase).length
    return count === 0 ? [] : [`${count} ${phase}`]
  })
  const first = Math.min(...nodes.map((node) => node.since))
  const text = `${nodes.length} nodes, ${formatDuration(now - first)}: ${counts.join(', ')}`
  return [` ${style.bold(fitWidth(text, Math.max(0, columns - 2)))}`]
}

function markOf(node: NodeProgress, spinner: string, style: Style): string {
  if (node.phase === 'failed') return style.red('⊗')
  if (node.phase === 'online') return style.green('⊛')
  if (node.phase === 'gone' || node.phase === 'stopped') return style.dim('⊝')
  return style.cyan(spinner)
}
