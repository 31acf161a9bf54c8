import type { Readable, Writable } from 'node:stream'
import type * as Clack from '@clack/prompts'
import { type Choice, ProvisionError } from '@kontena/core'
import { printable } from '../output/printable.ts'

interface Question {
  readonly message: string
}

export interface ChoiceList extends Question {
  readonly choices: readonly Choice[]
}

export interface TextQuestion extends Question {
  /** Says what is wrong with an answer, which is then asked for again. */
  check(answer: string): string | undefined
}

/**
 * Questions to a person at a terminal. Each rejects with `CANCELLED` where the person leaves it with
 * Ctrl-C, Ctrl-D or Escape.
 */
export interface Prompts {
  /** One of several; a long list is narrowed down by typing. */
  select(question: ChoiceList & { readonly initial?: string | undefined }): Promise<string>
  /** At least one of several. */
  selectMany(question: ChoiceList): Promise<string[]>
  text(question: TextQuestion & { readonly initial?: string | undefined }): Promise<string>
  /** Does not show what is typed. */
  secret(question: TextQuestion): Promise<string>
}

export interface PromptStreams {
  readonly input: () => Readable
  readonly output: () => Writable
  readonly signal: AbortSignal
  /** Plain lines instead of a list that is redrawn. */
  readonly simple: boolean
}

/** From this many on, looking for one by typing beats walking through them. */
const longList = 10

/** Prompts on these streams. The library behind them loads with the first question. */
export function openPrompts(streams: PromptStreams): Prompts {
  const { simple } = streams
  return {
    select: ({ message, choices, initial }) =>
      answerTo(streams, ({ autocomplete, select }, view) =>
        (choices.length > longList && !simple ? autocomplete : select)<string>({
          ...view,
          message: printable(message),
          options: choices.map(shown),
          maxItems: longList,
          ...(initial === undefined ? {} : { initialValue: initial }),
        }),
      ),
    selectMany: ({ message, choices }) =>
      answerTo(streams, ({ multiselect }, view) =>
        multiselect<string>({
          ...view,
          message: printable(message),
          options: choices.map(shown),
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
  readonly accessible?: boolean
}

/**
 * Shows one question. Its signal is its own: an interruption long after must not touch the terminal
 * again, and the end of input leaves the question too, of which the library knows nothing.
 */
async function answerTo<T>(
  { input: openInput, output, signal, simple }: PromptStreams,
  show: (clack: typeof Clack, view: View) => Promise<T | typeof Clack.CANCEL_SYMBOL>,
): Promise<T> {
  const clack = await import('@clack/prompts')
  const input = openInput()
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  const onKey = (_text: string | undefined, key: { ctrl?: boolean; name?: string }): void => {
    if (key.ctrl === true && key.name === 'd') leave()
  }
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave)
  input.on('keypress', onKey).once('end', leave)
  try {
    const accessible = simple ? { accessible: true } : {}
    const view = { input, output: output(), signal: leaving.signal, ...accessible }
    const answer = await show(clack, view)
    if (clack.isCancel(answer)) throw left()
    return answer
  } finally {
    signal.removeEventListener('abort', leave)
    input.off('keypress', onKey).off('end', leave)
  }
}

/**
 * All of a choice on its line, as what is typed after the flag and what it costs decide. Labels come from
 * the cloud, and may hold anything.
 */
function shown({ value, label, hint }: Choice) {
  const named = label.includes(value) ? label : `${value}  ${label}`
  return { value, label: printable(hint === undefined ? named : `${named} (${hint})`) }
}

function left(): ProvisionError {
  return new ProvisionError('CANCELLED', 'interrupted; nothing was done')
}
