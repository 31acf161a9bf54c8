import { join } from 'node:path'
import {
  type MasterMachine,
  type MasterProvider,
  type MasterSession,
  type Provider,
  ProvisionError,
} from '@kontena/core'
import type { Context } from '../context.ts'
import { parseSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'

/** A provider that runs masters, and the options of every command of it. */
export interface MastersInput {
  readonly provider: Provider
  readonly masters: MasterProvider
  /** Parsed by the provider's `accessOptions`. */
  readonly access: Readonly<Record<string, unknown>>
}

/** What every command of a provider's masters is called with. */
export interface MastersScope {
  readonly input: MastersInput
  readonly context: Context
}

/** Throws `BAD_OPTIONS`. */
export function parseMastersInput(
  provider: Provider,
  typed: RawFlags,
  { env }: Context,
): MastersInput {
  const { masters } = provider
  if (masters === undefined) throw new Error(`${provider.name} runs no masters`)
  return { provider, masters, access: parseSchemaOptions(provider.accessOptions, typed, env) }
}

export async function openMasters({ input, context }: MastersScope): Promise<MasterSession> {
  const open = await input.masters.load()
  return open({ access: input.access, folder: join(context.home, input.provider.name) })
}

/** The master of this name, or the only one there is. Throws `NOT_FOUND` or `BAD_OPTIONS`. */
export async function chooseMaster(
  session: MasterSession,
  name: string | undefined,
  { input, context }: MastersScope,
): Promise<MasterMachine> {
  const all = await session.list({ signal: context.signal })
  const [first, ...others] = name === undefined ? all : all.filter((one) => one.name === name)
  if (first !== undefined && others.length === 0) return first
  const names = all.map((one) => one.name).join(', ')
  if (first !== undefined) {
    throw new ProvisionError('BAD_OPTIONS', 'there are several masters, and none is named', {
      hint: `name one of them: ${names}`,
    })
  }
  const which = name === undefined ? 'no master' : `no master ${name}`
  throw new ProvisionError('NOT_FOUND', `there is ${which} on ${input.provider.title}`, {
    hint:
      names === ''
        ? `make one: kontena ${input.provider.name} master create`
        : `there are: ${names}`,
  })
}
