import type { Readable, Writable } from 'node:stream'
import type * as Clack from '@clack/prompts'
import { printable } from '../output/printable.ts'
import { choiceText } from './choice-text.ts'
import { type PromptStreams, type Prompts, questionLeft } from './prompts.ts'

/** From this many on, looking for one by typing beats walking through them. */
const longList = 10

/** Prompts that are drawn and redrawn. The library behind them loads with the first question. */
export function drawnPrompts(streams: PromptStreams): Prompts {
  return {
    select: ({ message, choices, initial }) =>
      answerTo(streams, ({ autocomplete, select }, view) =>
        (choices.length > longList ? autocomplete : select)<string>({
          ...view,
          message: printable(message),
          options: choices.map((choice) => ({ value: choice.value, label: choiceText(choice) })),
          maxItems: longList,
          ...(initial === undefined ? {} : { initialValue: initial }),
        }),
      ),
    selectMany: ({ message, choices }) =>
      answerTo(streams, ({ multiselect }, view) =>
        multiselect<string>({
          ...view,
          message: printable(message),
          options: choices.map((choice) => ({ value: choice.value, label: choiceText(choice) })),
          maxItems: longList,
          required: true,
        }),
      ),
    text: ({ message, initial, check }) =>
      answerTo(streams, ({ text }, view) =>
        text({
          ...view,
          message: printable(message),
          validate: (value) => check(value ?? ''),
          ...(initial === undefined ? {} : { initialValue: initial }),
        }),
      ),
    secret: ({ message, check }) =>
      answerTo(streams, ({ password }, view) =>
        password({
          ...view,
          message: printable(message),
          validate: (value) => check(value ?? ''),
        }),
      ),
  }
}

interface View {
  readonly input: Readable
  readonly output: Writable
  readonly signal: AbortSignal
}

/**
 * Shows one question. Its signal is its own: an interruption long after must not touch the terminal
 * again, and the end of input leaves the question too, of which the library knows nothing.
 */
async function answerTo<T>(
  { stdin, stdout, signal }: PromptStreams,
  show: (clack: typeof Clack, view: View) => Promise<T | typeof Clack.CANCEL_SYMBOL>,
): Promise<T> {
  const clack = await import('@clack/prompts')
  const input = stdin.stream()
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  const onKey = (_text: string | undefined, key: { ctrl?: boolean; name?: string }): void => {
    if (key.ctrl === true && key.name === 'd') leave()
  }
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave)
  input.on('keypress', onKey).once('end', leave)
  try {
    const view = { input, output: stdout.stream(), signal: leaving.signal }
    const answer = await show(clack, view)
    if (clack.isCancel(answer)) throw questionLeft()
    return answer
  } finally {
    signal.removeEventListener('abort', leave)
    input.off('keypress', onKey).off('end', leave)
  }
}
