import { join } from 'node:path'
import { type Choice, type FailureCode, isFailure, type Provider } from '@kontena/core'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { parseSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { fieldsOf, type SchemaField, typedValue } from '../options/schema-fields.ts'
import { spinAway } from '../output/spinner.ts'
import { askField, askSecret } from './ask-field.ts'
import { type Offers, openOffers } from './provider-offers.ts'

/** What was typed and what was answered so far, for one provider. */
interface Interview {
  readonly provider: Provider
  readonly context: Context
  readonly access: readonly SchemaField[]
  /** By key, as they would have been typed. */
  known: RawFlags
}

export interface Answers {
  /** By key; what was left to its default is absent. */
  readonly given: RawFlags
  /** Whether something was left to its default. */
  readonly someLeftOut: boolean
}

/** The fields of a provider that a person is asked for, as they were not given. */
export function missingFields(
  provider: Provider,
  typed: RawFlags,
  { env }: Pick<Context, 'env'>,
): SchemaField[] {
  const fields = [...fieldsOf(provider.accessOptions), ...fieldsOf(provider.machineOptions)]
  return fields.filter(
    (field) =>
      typedValue(field, typed, env) === undefined &&
      (field.meta.secret ? field.isRequired : field.meta.ask === true),
  )
}

/**
 * Asks for what was not given, in the order of the schemas: secrets that nothing goes without, then
 * what the provider marks, with the choices that its cloud has. What was given is checked before.
 */
export async function askForMissing(
  provider: Provider,
  typed: RawFlags,
  context: Context,
): Promise<Answers> {
  const access = fieldsOf(provider.accessOptions)
  const interview: Interview = { provider, context, access, known: typed }
  checkGiven([...access, ...fieldsOf(provider.machineOptions)], typed, context)
  const fields = missingFields(provider, typed, context)
  let someLeftOut = false
  for (const field of fields.filter(({ meta }) => meta.secret)) await learnSecret(interview, field)
  for (const field of fields.filter(({ meta }) => !meta.secret)) {
    const answer = await ask(interview, field)
    someLeftOut ||= answer === undefined
    interview.known = { ...interview.known, [field.key]: answer }
  }
  const given = Object.entries(interview.known).filter(
    ([key, value]) => value !== undefined && typed[key] === undefined,
  )
  return { given: Object.fromEntries(given), someLeftOut }
}

/** Asks for the region alone. Undefined where nobody can be asked, or the provider has none. */
export async function askRegion(
  provider: Provider,
  known: RawFlags,
  context: Context,
): Promise<string | undefined> {
  const access = fieldsOf(provider.accessOptions)
  const field = access.find(({ key }) => key === provider.regionOption)
  if (field === undefined || !context.isTTY) return undefined
  const answer = await ask({ provider, context, access, known }, field)
  return typeof answer === 'string' ? answer : undefined
}

async function ask(interview: Interview, field: SchemaField): Promise<unknown> {
  const { provider, context } = interview
  const isRegion = field.key === provider.regionOption
  const own = isRegion ? await ownRegion(interview) : undefined
  return askField(field, {
    context,
    choices: await choicesOf(interview, field),
    // A machine has to be somewhere, though a schema lets the configuration of a cloud's tools say where.
    isNeeded: isRegion || field.isRequired,
    initial: own,
  })
}

/** Where the configuration of the cloud's own tools would put machines. */
async function ownRegion(interview: Interview): Promise<string | undefined> {
  try {
    const { signal } = interview.context
    return (await offered(interview, 'the account', (offers) => offers.account(signal)))?.region
  } catch (error) {
    if (isFailure(error, 'BAD_OPTIONS', 'ACCESS_DENIED')) return undefined
    throw error
  }
}

/** Undefined where a list cannot be had, which is no reason not to go on. */
async function choicesOf(
  interview: Interview,
  field: SchemaField,
): Promise<readonly Choice[] | undefined> {
  const { context } = interview
  try {
    return await offered(interview, `choices for ${field.flag}`, (offers) =>
      offers.choices(field.key, givenValues(interview), context.signal),
    )
  } catch (error) {
    if (!isFailure(error) || fatal.has(error.code)) throw error
    context.warn(`No list for ${field.flag}: ${error.message}`, error.hint)
    return undefined
  }
}

/** No question helps against these. */
const fatal: ReadonlySet<FailureCode> = new Set([
  'NO_CREDENTIALS',
  'BAD_CREDENTIALS',
  'ACCOUNT_NOT_READY',
  'CANCELLED',
])

/** Asks the cloud; where it lacks credentials that may be typed, asks for those and then again. */
async function offered<T>(
  interview: Interview,
  what: string,
  look: (offers: Offers) => Promise<T>,
): Promise<T> {
  const { provider, context } = interview
  const lookOnce = () =>
    spinAway(context, `Loading ${what}`, async (emit) => {
      const access = parseSchemaOptions(provider.accessOptions, interview.known, context.env)
      const folder = join(context.home, provider.name)
      return look(await openOffers(provider, access, { emit, folder }))
    })
  try {
    return await lookOnce()
  } catch (error) {
    const secret = isFailure(error, 'NO_CREDENTIALS') ? askableSecret(interview) : undefined
    if (secret === undefined) throw error
    await learnSecret(interview, secret)
    return lookOnce()
  }
}

/** The first secret that is enough by itself, as one is that has a variable of its own. */
function askableSecret({ access, known, context }: Interview): SchemaField | undefined {
  return access.find(
    (field) =>
      field.meta.secret &&
      field.meta.env !== undefined &&
      typedValue(field, known, context.env) === undefined,
  )
}

async function learnSecret(interview: Interview, field: SchemaField): Promise<void> {
  const answer = await askSecret(field, interview.context)
  interview.known = { ...interview.known, [field.key]: answer }
}

/** What is chosen already, as the schemas parse it. */
function givenValues({ provider, known, context }: Interview): Record<string, unknown> {
  const fields = [...fieldsOf(provider.accessOptions), ...fieldsOf(provider.machineOptions)]
  const values = fields.flatMap((field) => {
    const value = typedValue(field, known, context.env)
    const parsed = z.safeParse(field.schema, value)
    return value === undefined || !parsed.success ? [] : [[field.key, parsed.data] as const]
  })
  return Object.fromEntries(values)
}

/** Nobody answers questions only to learn that a flag was wrong. */
function checkGiven(fields: readonly SchemaField[], typed: RawFlags, { env }: Context): void {
  for (const field of fields) {
    if (typedValue(field, typed, env) === undefined) continue
    parseSchemaOptions(z.object({ [field.key]: field.schema }), typed, env)
  }
}
