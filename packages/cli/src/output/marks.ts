import type { GridHealth } from './health.ts'
import type { Style } from './style.ts'

/** The symbol before a line that says how something is. */
export function healthMark(health: GridHealth, style: Style): string {
  switch (health) {
    case 'ok':
      return style.green('⊛')
    case 'warning':
      return style.yellow('⊙')
    case 'error':
      return style.red('⊗')
  }
}

/** Before what is not connected, whatever that means for others. */
export function offlineMark(style: Style): string {
  return style.dim('⊝')
}
