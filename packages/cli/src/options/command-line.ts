import type { Command, Option } from 'commander'
import { pathOf } from '../declare/configure-command.ts'
import { quoteForShell } from '../output/print-environment.ts'
import { printable } from '../output/printable.ts'
import { flagOfKey, type RawFlags } from './parse-flags.ts'

export interface CommandLineOptions {
  /** Values by key that stand for what was not typed. */
  readonly answers: RawFlags
  /** Keys that are left out. */
  readonly secrets: ReadonlySet<string>
}

/** A command as it was typed, with answers as flags, to be typed again. */
export function commandLine(command: Command, { answers, secrets }: CommandLineOptions): string {
  const typed = command.options.flatMap((option) => {
    const key = option.attributeName()
    if (command.getOptionValueSource(key) !== 'cli' || secrets.has(key)) return []
    return wordsOf(option, command.getOptionValue(key))
  })
  const answered = Object.entries(answers).flatMap(([key, value]) =>
    secrets.has(key) ? [] : answerWords(flagOfKey(key), value),
  )
  const words = [...command.args, ...typed, ...answered].map(quoteForShell)
  // Answers may be a cloud's words.
  return printable([pathOf(command), ...words].join(' '))
}

/** A flag and its opposite share a key; each is written where it is the one that was typed. */
function wordsOf(option: Option, value: unknown): string[] {
  const flag = option.long ?? ''
  if (typeof value === 'boolean') return value === !option.negate ? [flag] : []
  return [value].flat().flatMap((item) => [flag, String(item)])
}

function answerWords(flag: string, value: unknown): string[] {
  if (value === true) return [flag]
  return [value].flat().flatMap((item) => [flag, String(item)])
}
