import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** The vendor's own descriptions of its API, as far as they are beside the checkout. */
const reference = z.object({ $ref: z.string() })

const bicepType = z.object({
  $type: z.string(),
  name: z.string().optional(),
  value: z.string().optional(),
  body: reference.optional(),
  itemType: reference.optional(),
  elements: z.array(reference).optional(),
  additionalProperties: reference.optional(),
  properties: z.record(z.string(), z.object({ type: reference, flags: z.number() })).optional(),
})
export type BicepType = z.output<typeof bicepType>
export type BicepTypes = Readonly<Record<string, BicepType>>

export type Schema = z.output<typeof schema>
const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  required: z.array(z.string()).optional(),
  enum: z.array(z.string()).optional(),
  'x-ms-enum': z.looseObject({ modelAsString: z.boolean().optional() }).optional(),
  get allOf() {
    return z.array(schema).optional()
  },
  get items() {
    return schema.optional()
  },
  get properties() {
    return z.record(z.string(), schema).optional()
  },
})

const swagger = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        responses: z.record(z.string(), z.looseObject({ schema: schema.optional() })).optional(),
      }),
    ),
  ),
  definitions: z.record(z.string(), schema),
})
export type Swagger = z.output<typeof swagger>

const operation = z.object({
  method: z.string(),
  url: z.string(),
  apiVersion: z.string().nullable(),
  expectedStatuses: z.array(z.string()),
  lro: z.boolean(),
})
export type SdkOperation = z.output<typeof operation>

export interface Specs {
  readonly operations: readonly SdkOperation[]
  /** One set per namespace: references mean the set that they stand in. */
  readonly bicep: readonly BicepTypes[]
  readonly swagger: readonly Swagger[]
}

const folder = join(import.meta.dirname, '../../../../../shared/specs/azure')

/** Undefined, with a line on the console, where the specifications are not beside the checkout. */
export function loadSpecs(): Specs | undefined {
  if (!existsSync(folder)) {
    process.stdout.write(`skipped: Azure calls are not held against ${folder}, which is missing\n`)
    return undefined
  }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const packages = z
    .object({
      packages: z.record(z.string(), z.record(z.string(), z.record(z.string(), operation))),
    })
    .parse(read('sdk-operations.json')).packages
  const types = z.object({ types: z.record(z.string(), bicepType) })
  return {
    operations: Object.values(packages).flatMap((groups) =>
      Object.values(groups).flatMap((group) => Object.values(group)),
    ),
    bicep: ['bicep-types/compute.2026-04-01.json', 'bicep-types/network.2025-09-01.json'].map(
      (name) => types.parse(read(name)).types,
    ),
    swagger: ['swagger/compute.trimmed.json', 'swagger/network.trimmed.json'].map((name) =>
      swagger.parse(read(name)),
    ),
  }
}
