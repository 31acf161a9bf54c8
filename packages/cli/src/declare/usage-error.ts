import type { CommanderError } from 'commander'

/** A command line that cannot be understood. The wording is that of Kontena 1.5. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError'
  }
  /** What may have been meant. */
  readonly suggestion: string | undefined
  /** The command whose help explains it, as in `kontena node create`. */
  readonly command: string

  constructor(error: CommanderError, command: string) {
    // The first part quotes what was typed, which may be anything.
    const [, text = '', suggestion] =
      /^error: (.*?)(?:\n\((Did you mean [^\n]*)\))?$/s.exec(error.message) ?? []
    super(phrase(error.code, text), { cause: error })
    this.suggestion = suggestion
    this.command = command
  }
}

const phrases: Readonly<Record<string, (subject: string) => string>> = {
  'commander.unknownOption': (option) => `Unrecognised option '${option}'`,
  'commander.unknownCommand': (word) => `No such sub-command '${word}'`,
  'commander.missingArgument': (name) => `parameter '${name}': no value provided`,
  'commander.optionMissingArgument': (flags) =>
    `option '${flags.replace(/ <.*/, '')}': no value provided`,
  'commander.excessArguments': () => 'too many arguments',
}

/** Commander's sentences hold their subject in quotes. */
function phrase(code: string, text: string): string {
  const [, subject = ''] = /'(.*)'/s.exec(text) ?? []
  return phrases[code]?.(subject) ?? text
}
