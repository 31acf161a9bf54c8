import type { Choice } from '@kontena/core'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { describeIssue } from '../options/parse-flags.ts'
import { convert, type SchemaField, variablesOf } from '../options/schema-fields.ts'

export interface FieldQuestion {
  readonly context: Context
  /** What the cloud has; undefined where it does not tell. */
  readonly choices: readonly Choice[] | undefined
  /** The default of the schema is not enough. */
  readonly isNeeded: boolean
  /** What is chosen where the person only confirms; the schema's default where absent. */
  readonly initial: string | undefined
}

/** Stands for leaving an option out. No flag has an empty value. */
const leftOut = ''

/** Asks for one option. Resolves to undefined where it is left to its default. */
export async function askField(field: SchemaField, question: FieldQuestion): Promise<unknown> {
  const choices = question.choices?.length
    ? question.choices
    : (ownChoices(field) ?? question.choices)
  const initial = question.initial ?? textOf(field.defaultValue)
  // The cloud has none of these, and nothing needs one.
  if (choices?.length === 0 && !question.isNeeded) return undefined
  const answer =
    choices === undefined || choices.length === 0
      ? await askText(field, question, initial)
      : await askChoice(field, question, { choices, initial })
  if (answer === leftOut) return undefined
  return field.kind === 'list' ? [answer] : answer
}

/** Asks for a secret, which shows nowhere. */
export function askSecret(field: SchemaField, { prompts }: Context): Promise<string> {
  const [variable] = variablesOf(field)
  const flag = variable === undefined ? field.flag : `${field.flag} or ${variable}`
  return prompts.secret({
    message: `${field.meta.description} (${flag})`,
    check: (answer) => complaint(field, answer),
  })
}

function askChoice(
  field: SchemaField,
  { context, isNeeded }: FieldQuestion,
  { choices, initial }: { choices: readonly Choice[]; initial: string | undefined },
): Promise<string> {
  const mayBeLeftOut = !isNeeded && field.defaultValue === undefined
  const listed = mayBeLeftOut
    ? [{ value: leftOut, label: `no ${field.flag}` }, ...choices]
    : choices
  return context.prompts.select({
    message: messageOf(field),
    choices: listed,
    initial: listed.some(({ value }) => value === initial) ? initial : undefined,
  })
}

function askText(
  field: SchemaField,
  { context, isNeeded }: FieldQuestion,
  initial: string | undefined,
): Promise<string> {
  return context.prompts.text({
    message: messageOf(field),
    initial,
    check: (answer) => {
      if (answer !== leftOut) return complaint(field, answer)
      return isNeeded ? 'it cannot be left out' : undefined
    },
  })
}

function complaint(field: SchemaField, answer: string): string | undefined {
  if (answer === '') return 'it cannot be left out'
  const parsed = z.safeParse(field.schema, convert(field, answer))
  const [issue] = parsed.error?.issues ?? []
  return issue === undefined ? undefined : describeIssue(issue)
}

function ownChoices({ kind, choices }: SchemaField): readonly Choice[] | undefined {
  if (kind === 'boolean')
    return [
      { value: 'true', label: 'yes' },
      { value: 'false', label: 'no' },
    ]
  return choices?.map((value) => ({ value, label: value }))
}

function messageOf({ meta, flag }: SchemaField): string {
  return `${meta.description} (${flag})`
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value)
}
