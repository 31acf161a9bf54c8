import { z } from 'zod'
import { invalidTemplate } from './expression.ts'

const parameterTypes = [
  'string',
  'securestring',
  'int',
  'bool',
  'object',
  'secureobject',
  'array',
] as const

const parameter = z.strictObject({
  type: z.string().transform((type, context) => {
    const found = parameterTypes.find((one) => one === type.toLowerCase())
    if (found !== undefined) return found
    context.addIssue({ code: 'custom', message: `'${type}' is no type` })
    return z.NEVER
  }),
  defaultValue: z.unknown().optional(),
  allowedValues: z.array(z.unknown()).optional(),
  minLength: z.number().int().optional(),
  maxLength: z.number().int().optional(),
  minValue: z.number().int().optional(),
  maxValue: z.number().int().optional(),
  metadata: z.looseObject({}).optional(),
})
export type TemplateParameter = z.output<typeof parameter>

const copy = z.strictObject({
  name: z.string(),
  count: z.union([z.number().int(), z.string()]),
  mode: z.string().optional(),
  batchSize: z.number().int().optional(),
})

/** Nested resources and other scopes are not taken. */
const resource = z.strictObject({
  type: z.string(),
  apiVersion: z.string(),
  name: z.string(),
  location: z.string().optional(),
  tags: z.unknown().optional(),
  zones: z.unknown().optional(),
  sku: z.unknown().optional(),
  identity: z.unknown().optional(),
  plan: z.unknown().optional(),
  properties: z.unknown().optional(),
  dependsOn: z.array(z.string()).default([]),
  copy: copy.optional(),
  condition: z.union([z.boolean(), z.string()]).optional(),
  comments: z.string().optional(),
  metadata: z.looseObject({}).optional(),
})
export type RawResource = z.output<typeof resource>

const template = z.strictObject({
  $schema: z.string().regex(/deploymentTemplate\.json#?$/i),
  contentVersion: z.string(),
  languageVersion: z.literal('1.0').optional(),
  metadata: z.looseObject({}).optional(),
  parameters: z.record(z.string(), parameter).default({}),
  variables: z.record(z.string(), z.unknown()).default({}),
  resources: z.array(resource),
  outputs: z.record(z.string(), z.never()).default({}),
})
export type Template = z.output<typeof template>

/** What a template may hold at most. */
const limits = { resources: 800, parameters: 256, variables: 256 } as const

/** @throws ArmError for what is no template, and for parts of the language that are not here */
export function parseTemplate(value: unknown): Template {
  const parsed = template.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = (issue?.path ?? []).join('.')
    const what =
      issue?.code === 'unrecognized_keys'
        ? `Could not find member '${issue.keys[0]}' on object of type 'Template'. Path '${path}'`
        : `${issue?.message ?? 'not understood'}. Path '${path}'`
    throw invalidTemplate(what)
  }
  const counts = [
    ['parameters', Object.keys(parsed.data.parameters).length],
    ['variables', Object.keys(parsed.data.variables).length],
  ] as const
  for (const [what, count] of counts) refuseAbove(what, count)
  return parsed.data
}

export function refuseAbove(what: keyof typeof limits, count: number): void {
  if (count <= limits[what]) return
  throw invalidTemplate(
    `The number of template ${what} limit exceeded. Limit: '${limits[what]}' and actual: '${count}'. Please see ` +
      'https://aka.ms/arm-deploy for usage details.',
  )
}
