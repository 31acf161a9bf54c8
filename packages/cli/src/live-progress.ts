import type { NodePhase, ProvisionEvent } from '@kontena/core'
import { describeEvent } from './describe-event.ts'
import { fitWidth } from './display-width.ts'
import type { Writer } from './io.ts'
import { openLiveBlock } from './live-block.ts'
import { printable } from './printable.ts'
import { type NodeProgress, progressLines } from './progress-lines.ts'
import type { Reporter } from './report-events.ts'
import type { Style } from './style.ts'

const spinnerFrames = ['|', '/', '-', '\\'] as const
const endings: ReadonlySet<NodePhase> = new Set(['online', 'failed', 'gone'])

/** Progress on a terminal: finished steps scroll by, running ones and all nodes stay in place. */
export function openLiveProgress(out: Writer, err: Writer, style: Style): Reporter {
  const block = openLiveBlock(out)
  const nodes = new Map<string, NodeProgress>()
  let step: string | undefined
  let waiting: string | undefined
  let frame = 0
  let timer: NodeJS.Timeout | undefined

  const lines = (rows: number): string[] => {
    const spinner = spinnerFrames[frame % spinnerFrames.length] ?? '|'
    const head = [
      ...(step === undefined ? [] : [`    *   ${step} .. ${spinner}`]),
      ...(waiting === undefined ? [] : [`        ${waiting}`]),
    ].map((line) => fitWidth(line, out.columns - 1))
    if (nodes.size === 0) return head
    const view = { now: Date.now(), columns: out.columns, spinner, style }
    return [
      ...head,
      ...progressLines({ ...view, nodes: [...nodes.values()], rows: rows - head.length }),
    ]
  }
  const draw = (): void => block.draw(lines(out.rows - 1))
  const above = <T>(write: () => T): T => {
    block.erase()
    return write()
  }
  const tick = (): void => {
    frame += 1
    draw()
  }
  const finishStep = (mark: string): void => {
    if (step !== undefined) out.write(` [${mark}] ${step}\n`)
    step = undefined
  }
  const show = (event: ProvisionEvent): void => {
    const text = describeEvent(event, style)
    for (const line of text.lines) (text.trouble ? err : out).write(`${line}\n`)
  }
  const take = (event: ProvisionEvent): void => {
    if (event.type !== 'waiting') waiting = undefined
    switch (event.type) {
      case 'step':
        finishStep(style.green('done'))
        step = printable(event.detail ? `${event.step} (${event.detail})` : event.step)
        return
      case 'waiting':
        waiting = printable(event.reason)
        return
      case 'order-opened':
        for (const node of event.nodes) noteNode(nodes, { ...node, phase: 'requested' })
        return
      case 'node':
        noteNode(nodes, event)
        return
      default:
        show(event)
    }
  }

  return {
    emit(event) {
      block.erase()
      take(event)
      draw()
      timer ??= setInterval(tick, 200).unref()
    },
    above,
    close(failed) {
      clearInterval(timer)
      block.erase()
      waiting = undefined
      finishStep(failed ? style.red('fail') : style.green('done'))
      for (const line of lines(out.rows - 1)) out.write(`${line}\n`)
      nodes.clear()
    },
  }
}

function noteNode(
  nodes: Map<string, NodeProgress>,
  change: { name: string; phase: NodePhase; zone?: string; detail?: string },
): void {
  const known = nodes.get(change.name)
  const now = Date.now()
  nodes.set(change.name, {
    name: change.name,
    phase: change.phase,
    zone: change.zone ?? known?.zone,
    detail: change.detail,
    since: known?.since ?? now,
    ended: endings.has(change.phase) ? (known?.ended ?? now) : undefined,
  })
}
