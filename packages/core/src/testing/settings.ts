import { ProvisionError } from '../errors.ts'
import type { Settings } from '../orders/scope.ts'
import type { Provider } from '../provider.ts'

export type Values = Readonly<Record<string, unknown>>

export interface GivenOptions {
  readonly access: Values
  readonly machine: Values
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Options as the command line makes them: what was typed, else what the environment says, parsed by the
 * manifest's schemas. Throws `BAD_OPTIONS` for what they refuse.
 */
export function parseSettings(provider: Provider, given: GivenOptions): Settings {
  const parse = (schema: Provider['accessOptions'], typed: Values): Values => {
    const values = { ...fromEnvironment(schema, given.environment), ...typed }
    const parsed = schema.safeParse(values)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw new ProvisionError('BAD_OPTIONS', `option ${issue?.path.join('.')} ${issue?.message}`, {
      hint: 'see the options of the command with --help',
    })
  }
  return {
    access: parse(provider.accessOptions, given.access),
    machine: parse(provider.machineOptions, given.machine),
  }
}

function fromEnvironment(
  schema: Provider['accessOptions'],
  environment: GivenOptions['environment'],
): Values {
  return Object.fromEntries(
    Object.entries(schema.shape).flatMap(([key, field]) => {
      const { env } = readMeta(field)
      const value = env.map((name) => environment[name]).find((text) => text !== undefined)
      return value === undefined || value === '' ? [] : [[key, value]]
    }),
  )
}

/** What the kit looks at in the meta data of an option. */
export interface Meta {
  readonly description: string | undefined
  readonly env: readonly string[]
  readonly ask: boolean
  readonly secret: boolean
}

export function readMeta(field: unknown): Meta {
  const meta: unknown = hasMeta(field) ? field.meta() : undefined
  const of = (key: string): unknown =>
    typeof meta === 'object' && meta !== null ? Reflect.get(meta, key) : undefined
  const description = of('description')
  return {
    description: typeof description === 'string' ? description : undefined,
    env: [of('env') ?? []].flat().filter((name) => typeof name === 'string'),
    ask: of('ask') === true,
    secret: of('secret') === true,
  }
}

function hasMeta(field: unknown): field is { meta(): unknown } {
  return (
    typeof field === 'object' &&
    field !== null &&
    'meta' in field &&
    typeof field.meta === 'function'
  )
}

export function optionsOf(provider: Provider): readonly (readonly [string, unknown])[] {
  return schemasOf(provider).flatMap((schema) => Object.entries(schema.shape))
}

export function schemasOf({ accessOptions, machineOptions }: Provider) {
  return [accessOptions, machineOptions]
}
