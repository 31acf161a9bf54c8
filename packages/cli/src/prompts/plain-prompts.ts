import type { Choice } from '@kontena/core'
import { printable } from '../output/printable.ts'
import { choiceText } from './choice-text.ts'
import { type PromptStreams, type Prompts, questionLeft } from './prompts.ts'

/** Prompts for terminals on which nothing can be redrawn: numbered lists, and lines that are read. */
export function plainPrompts({ stdin, stdout, signal }: PromptStreams): Omit<Prompts, 'secret'> {
  const read = async (question: string): Promise<string> => {
    stdout.write(`> ${printable(question)} `)
    const line = await stdin.line(signal)
    if (line === undefined) throw questionLeft()
    return line.trim()
  }
  /** Asks until the answer is one. */
  const until = async <T>(question: string, take: (answer: string) => T | string): Promise<T> => {
    for (;;) {
      const taken = take(await read(question))
      if (typeof taken !== 'string') return taken
      stdout.write(`${taken}\n`)
    }
  }
  const list = (message: string, choices: readonly Choice[]): void => {
    stdout.write(`${printable(message)}\n`)
    for (const [index, choice] of choices.entries()) {
      stdout.write(`  ${index + 1}. ${choiceText(choice)}\n`)
    }
  }
  return {
    async select({ message, choices, initial }) {
      list(message, choices)
      const at =
        Math.max(
          0,
          choices.findIndex(({ value }) => value === initial),
        ) + 1
      const [choice] = await until(`Number (${at})`, (answer) =>
        chosen(answer === '' ? String(at) : answer, choices, 1),
      )
      return choice?.value ?? ''
    },
    async selectMany({ message, choices }) {
      list(message, choices)
      const all = await until('Numbers', (answer) => chosen(answer, choices, choices.length))
      return all.map(({ value }) => value)
    },
    async text({ message, initial, check }) {
      const shown = initial === undefined ? `${message}:` : `${message} (${initial}):`
      const { answer } = await until(shown, (typed) => {
        const answer = typed === '' ? (initial ?? '') : typed
        return check(answer) ?? { answer }
      })
      return answer
    },
  }
}

/** The choices with these numbers, or what is wrong with the numbers. */
function chosen(
  answer: string,
  choices: readonly Choice[],
  most: number,
): readonly Choice[] | string {
  const numbers = answer.split(/[\s,]+/).filter((text) => text !== '')
  const found = numbers.flatMap((text) => (/^\d+$/.test(text) && choices[Number(text) - 1]) || [])
  const isRight = found.length > 0 && found.length === numbers.length && found.length <= most
  if (isRight) return [...new Set(found)]
  return `type ${most === 1 ? 'a number' : 'numbers'} from 1 to ${choices.length}`
}
