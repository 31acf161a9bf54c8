import type { Provider } from '@kontena/core'
import { Command } from 'commander'
import { z } from 'zod'
import { declareProvider } from '../declare/provider.ts'
import type { PluginManifest } from './plugin-manifest.ts'

const callable = z.custom<() => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
)
const schemaObject = z.custom<z.ZodObject>(
  (value) => value instanceof z.ZodObject,
  'must be a zod object',
)

/** Of the contract, what can be wrong in a manifest; the compiler is not there to hold a plug-in to it. */
const providerShape = z.looseObject({
  name: z.string(),
  title: z.string().min(1),
  accessOptions: schemaObject,
  machineOptions: schemaObject,
  regionOption: z.string().optional(),
  limits: z.object({ userDataBytes: z.number().positive(), batch: z.number().int().positive() }),
  bootstrap: z.looseObject({
    gzip: z.boolean(),
    metadataServices: z.array(z.looseObject({ address: z.string() })),
  }),
  abilities: z.looseObject({
    restart: z.boolean(),
    idempotentCreate: z.boolean(),
    firewall: z.object({ esp: z.enum(['cloud', 'host']) }),
  }),
  masters: z.looseObject({ options: schemaObject, load: callable }).optional(),
  load: callable,
})

/** The provider that a plug-in exports. Throws an `Error` whose message says what is wrong with it. */
export function checkProvider(exported: unknown, manifest: PluginManifest): Provider {
  if (exported === undefined) throw new Error(`${manifest.entry} has no export named provider`)
  const parsed = providerShape.safeParse(exported)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`its provider: ${issue?.path.join('.') || 'it'}: ${issue?.message}`)
  }
  if (!isProvider(exported, parsed.data)) throw new Error('its provider is none')
  if (exported.name !== manifest.provider) {
    throw new Error(
      `its package.json says ${manifest.provider}, and its code that it is ${exported.name}`,
    )
  }
  const { regionOption, accessOptions } = exported
  if (regionOption !== undefined && !(regionOption in accessOptions.shape)) {
    throw new Error(`its provider: regionOption: there is no access option ${regionOption}`)
  }
  if (exported.abilities.master && exported.masters === undefined) {
    throw new Error('its provider: masters: abilities.master promises them')
  }
  checkFlags(exported)
  return exported
}

/** What was parsed is only a copy; the plug-in's own object is what is used, methods and all. */
function isProvider(exported: unknown, parsed: unknown): exported is Provider {
  return typeof exported === 'object' && exported !== null && parsed !== undefined
}

/** A flag of its own may be one that every provider has. */
function checkFlags(provider: Provider): void {
  try {
    declareProvider(new Command(), provider, () => Promise.resolve())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`its options: ${reason}`, { cause: error })
  }
}
