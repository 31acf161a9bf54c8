import type { Provider } from '@kontena/core'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openProvisioningSession } from '../master/master-session.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { fieldsOf, typedValue, variablesOf } from '../options/schema-fields.ts'
import { askForMissing, missingFields } from '../prompts/ask-options.ts'
import { type CreateInput, parseCreate, parseOrder } from './provider-options.ts'

export interface CreateRequest {
  readonly provider: Provider
  readonly typed: RawFlags
  /** The same command, with these answers as flags and without these secrets. */
  readonly commandLine: (options: { answers: RawFlags; secrets: ReadonlySet<string> }) => string
}

/**
 * What `node create` is to do: as it was typed, and on a terminal what a person adds when asked.
 * Questions come after all else that can be wrong, master and grid included.
 */
export async function createInput(request: CreateRequest, context: Context): Promise<CreateInput> {
  const { provider, typed } = request
  if (
    !context.isTTY ||
    typed.yes === true ||
    missingFields(provider, typed, context).length === 0
  ) {
    return parseCreate(provider, typed, context)
  }
  const { grid } = await parseOrder(typed, context)
  const session = await openProvisioningSession(context, { grid })
  await findGrid(session, session.grid, context.signal)
  const { given, someLeftOut } = await askForMissing(provider, typed, context)
  const answers = someLeftOut ? { ...given, yes: true } : given
  context.say(`Next time${secretsNote(request, given, context)}: ${again(request, answers)}`)
  return parseCreate(provider, { ...typed, ...given }, context)
}

function again({ provider, commandLine }: CreateRequest, answers: RawFlags): string {
  return commandLine({ answers, secrets: secretKeys(provider) })
}

/** Where the secrets are expected that the line does not show. */
function secretsNote(
  { provider, typed }: CreateRequest,
  given: RawFlags,
  { env }: Context,
): string {
  const names = fieldsOf(provider.accessOptions)
    .filter(({ meta, key }) => meta.secret && (key in given || typed[key] !== undefined))
    .filter((field) => typedValue(field, {}, env) === undefined)
    .map((field) => variablesOf(field)[0] ?? field.flag)
  return names.length === 0 ? '' : ` (with ${names.join(' and ')})`
}

function secretKeys(provider: Provider): Set<string> {
  const fields = [...fieldsOf(provider.accessOptions), ...fieldsOf(provider.machineOptions)]
  return new Set(fields.filter(({ meta }) => meta.secret).map(({ key }) => key))
}
