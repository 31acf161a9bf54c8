import { type Choice, ProvisionError } from '@kontena/core'
import type { Reader, Writer } from '../io.ts'

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

/** Where a person is. */
export interface PromptStreams {
  readonly stdin: Reader
  readonly stdout: Writer
  readonly signal: AbortSignal
}

/** The person has left the question, and with it the command. */
export function questionLeft(): ProvisionError {
  return new ProvisionError('CANCELLED', 'interrupted; nothing was done')
}
