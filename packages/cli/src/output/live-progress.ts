import type { ProvisionEvent } from '@kontena/core'
import type { Writer } from '../io.ts'
import { describeEvent } from './describe-event.ts'
import { openLiveBlock } from './live-block.ts'
import { openProgressState } from './progress-state.ts'
import type { Reporter } from './reporter.ts'
import type { Style } from './style.ts'

const spinnerFrames = ['|', '/', '-', '\\'] as const
/** Milliseconds between turns of the spinner, and until a change shows. */
const turn = 200
const patience = 30

/** Progress on a terminal: finished steps scroll by, running ones and all nodes stay in place. */
export function openLiveProgress(out: Writer, err: Writer, style: Style): Reporter {
  const block = openLiveBlock(out)
  let state = openProgressState()
  let frame = 0
  let turning: NodeJS.Timeout | undefined
  let drawing: NodeJS.Timeout | undefined

  const lines = (): string[] => {
    const spinner = spinnerFrames[frame % spinnerFrames.length] ?? '|'
    // The cursor needs the last line of the terminal.
    const { columns, rows } = out
    return state.lines({ now: Date.now(), columns, rows: rows - 1, spinner, style })
  }
  const draw = (): void => {
    clearTimeout(drawing)
    drawing = undefined
    block.draw(lines())
  }
  /** A hundred nodes may change at once; the eye sees one picture. */
  const drawSoon = (): void => {
    drawing ??= setTimeout(draw, patience).unref()
    turning ??= setInterval(() => {
      frame += 1
      draw()
    }, turn).unref()
  }
  const endStep = (mark: string): void => {
    const step = state.endStep()
    if (step !== undefined) out.write(` [${mark}] ${step}\n`)
  }
  /** What is on the screen stays there; what comes next begins anew. */
  const leave = (mark: string): void => {
    clearInterval(turning)
    clearTimeout(drawing)
    turning = undefined
    drawing = undefined
    block.erase()
    endStep(mark)
    for (const line of lines()) out.write(`${line}\n`)
    state = openProgressState()
  }
  const show = (event: ProvisionEvent): void => {
    block.erase()
    const { trouble, lines } = describeEvent(event, style)
    for (const line of lines) (trouble ? err : out).write(`${line}\n`)
  }

  return {
    emit(event) {
      if (event.type === 'step' || event.type === 'step-done') {
        block.erase()
        endStep(style.green('done'))
      }
      if (!state.apply(event)) show(event)
      drawSoon()
    },
    above(write) {
      block.erase()
      const result = write()
      if (turning !== undefined) drawSoon()
      return result
    },
    below(write) {
      leave(style.green('done'))
      return write()
    },
    close: (failed) => leave(failed ? style.red('fail') : style.green('done')),
  }
}
