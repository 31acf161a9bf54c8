import type { Emit } from '@kontena/core'
import type { Context } from '../context.ts'
import { fitWidth } from './display-width.ts'
import { openLiveBlock } from './live-block.ts'
import { printable } from './printable.ts'
import { waitingText } from './waiting-text.ts'

const frames = ['.', '..', '...'] as const

/** Shows a step while it runs, and how it ended. Says it in two plain lines away from a terminal. */
export async function spin<T>(
  context: Context,
  message: string,
  step: () => Promise<T>,
): Promise<T> {
  const text = printable(message)
  return context.live ? spinLive(context, text, step) : spinPlain(context, text, step)
}

/**
 * Shows a step while it runs, and nothing once it is over. The step tells through `emit` what it waits
 * for; away from a terminal only that shows.
 */
export async function spinAway<T>(
  context: Context,
  message: string,
  step: (emit: Emit) => Promise<T>,
): Promise<T> {
  if (!context.live) return step(context.emit)
  const { stdout } = context
  const block = openLiveBlock(stdout)
  let text = printable(message)
  let frame = 0
  const draw = (): void => {
    block.draw([fitWidth(`    *   ${text} ${frames[frame % frames.length]}`, stdout.columns - 1)])
    frame += 1
  }
  const timer = setInterval(draw, 150)
  draw()
  try {
    return await step((event) => {
      if (event.type === 'waiting') text = waitingText(event)
    })
  } finally {
    clearInterval(timer)
    block.erase()
  }
}

async function spinPlain<T>(context: Context, text: string, step: () => Promise<T>): Promise<T> {
  context.say(`* ${text}..`)
  const end = (mark: string): void => context.say(`* ${text}.. ${mark}`)
  try {
    const result = await step()
    end('done')
    return result
  } catch (error) {
    end('fail')
    throw error
  }
}

async function spinLive<T>(context: Context, text: string, step: () => Promise<T>): Promise<T> {
  const { stdout, style } = context
  const block = openLiveBlock(stdout)
  let frame = 0
  const draw = (): void => {
    block.draw([fitWidth(`    *   ${text} ${frames[frame % frames.length]}`, stdout.columns - 1)])
    frame += 1
  }
  const timer = setInterval(draw, 150)
  draw()
  const end = (mark: string): void => {
    clearInterval(timer)
    block.erase()
    context.say(` [${mark}] ${text}`)
  }
  try {
    const result = await step()
    end(style.green('done'))
    return result
  } catch (error) {
    end(style.red('fail'))
    throw error
  }
}
