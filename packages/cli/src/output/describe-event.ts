import type { ProvisionEvent } from '@kontena/core'
import { printable } from './printable.ts'
import { stepText } from './step-text.ts'
import type { Style } from './style.ts'
import { waitingText } from './waiting-text.ts'

/** Where the lines of an event belong: progress on stdout, trouble and what holds it up on stderr. */
export interface EventText {
  readonly trouble: boolean
  readonly lines: readonly string[]
}

/** An event as plain lines. Whatever came from outside is made printable. */
export function describeEvent(event: ProvisionEvent, style: Style): EventText {
  switch (event.type) {
    case 'order-opened':
      return progress(
        `* Order ${event.order}: ${event.nodes.map(({ name, zone }) => `${name} in ${zone}`).join(', ')}`,
      )
    case 'step':
      return progress(`* ${stepText(event)}`)
    case 'step-done':
      return { trouble: false, lines: [] }
    case 'node':
      return progress(`${event.name}: ${event.phase}${aside(event.zone, event.machine)}`)
    case 'waiting':
      return { trouble: true, lines: [`  ${waitingText(event)}`] }
    case 'warning':
      return trouble(warningLines(event.message, event.hint, style))
    case 'console':
      return trouble(event.lines.map((line) => `${printable(event.name)} | ${printable(line)}`))
    case 'node-failed':
      return trouble([
        ` [${style.red('fail')}] ${printable(naming(event.name, event.error.message))}`,
        ...hintLines(event.error.hint),
      ])
    case 'settled':
      return progress(`* Order ${event.order}: ${event.outcome}`)
    case 'open-order':
      return trouble(
        warningLines(`order ${event.order} is open: ${event.reason}`, undefined, style),
      )
  }
}

export function warningLines(message: string, hint: string | undefined, style: Style): string[] {
  return [` [${style.yellow('warn')}] ${printable(message)}`, ...hintLines(hint)]
}

function hintLines(hint: string | undefined): string[] {
  return hint === undefined ? [] : [`hint: ${printable(hint)}`]
}

/** Most messages name the node themselves. */
function naming(name: string, message: string): string {
  return message.includes(name) ? message : `${name}: ${message}`
}

function progress(line: string): EventText {
  return { trouble: false, lines: [printable(line)] }
}

function trouble(lines: readonly string[]): EventText {
  return { trouble: true, lines }
}

function aside(...texts: readonly (string | undefined)[]): string {
  const present = texts.filter((text) => text !== undefined && text !== '')
  return present.length === 0 ? '' : ` (${present.join(', ')})`
}
