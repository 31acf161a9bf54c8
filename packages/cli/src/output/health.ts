import type { Grid, Node } from '@kontena/protocol'
import type { Style } from './style.ts'

export type GridHealth = 'ok' | 'warning' | 'error'

/** A grid keeps its state while most of its initial nodes are connected, and safely when all are. */
export function gridHealth(grid: Grid, nodes: readonly Node[]): GridHealth {
  const connected = nodes.filter((node) => node.initial_member && node.connected).length
  const quorum = Math.floor(grid.initial_size / 2) + 1
  if (connected < quorum) return 'error'
  return connected < grid.initial_size ? 'warning' : 'ok'
}

/** The symbol before a node's name: an initial node shows how its grid is, another how it is itself. */
export function nodeIcon(
  node: Node,
  health: GridHealth,
  style: Style,
): { symbol: string; painted: string } {
  if (!node.connected) return { symbol: '⊝', painted: style.dim('⊝') }
  switch (node.initial_member ? health : 'ok') {
    case 'error':
      return { symbol: '⊗', painted: style.red('⊗') }
    case 'warning':
      return { symbol: '⊙', painted: style.yellow('⊙') }
    case 'ok':
      return { symbol: '⊛', painted: style.green('⊛') }
  }
}
