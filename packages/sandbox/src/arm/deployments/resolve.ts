import type { Kind } from '../kind.ts'
import { findKind } from '../kinds.ts'
import { formatResourceId, isSameId, type ResourceId } from '../resource-id.ts'
import type { Json, ResourceGroup } from '../resources.ts'
import { evaluateAll, evaluateText, invalidTemplate, type Value } from './expression.ts'
import { type Scope, templateFunctions } from './functions.ts'
import { type GivenParameters, readParameters, showParameters } from './parameters.ts'
import { type RawResource, refuseAbove, type Template } from './template.ts'

/** A resource of a template, with nothing left to work out. */
export interface TemplateResource {
  readonly id: string
  readonly resourceId: ResourceId
  readonly kind: Kind
  readonly type: string
  /** With those above it, as in `network/subnet`. */
  readonly name: string
  readonly location: string | undefined
  readonly apiVersion: string
  readonly body: Json
  /** What has to be there first. */
  readonly dependsOn: readonly TemplateResource[]
}

export interface ResolvedTemplate {
  readonly resources: readonly TemplateResource[]
  readonly parameters: Json
}

interface Given {
  readonly template: Template
  readonly parameters: GivenParameters
  readonly group: ResourceGroup
  readonly deploymentName: string
}

/** Works a template out: parameters, variables, copies, dependencies. Throws ArmError. */
export function resolveTemplate({
  template,
  parameters,
  group,
  deploymentName,
}: Given): ResolvedTemplate {
  const outside: Scope = {
    group,
    deploymentName,
    parameter: (name) => {
      throw invalidTemplate(`The template parameter '${name}' is not found`)
    },
    variable: () => {
      throw invalidTemplate("The template function 'variables' is not expected at this location")
    },
    index: undefined,
  }
  const values = readParameters(template, parameters, (value) =>
    evaluateAll(value, templateFunctions(outside)),
  )
  const parameter = (name: string) => {
    if (values.has(name.toLowerCase())) return values.get(name.toLowerCase())
    return outside.parameter(name)
  }
  const scope: Scope = {
    ...outside,
    parameter,
    variable: openVariables(template, { ...outside, parameter }),
  }
  const drafts = template.resources.flatMap((resource) => expand(resource, scope))
  refuseAbove('resources', drafts.length)
  return { resources: link(drafts), parameters: showParameters(template, values) }
}

/** Variables may speak of each other, so each is worked out when it is first asked for. */
function openVariables({ variables }: Template, scope: Scope): (name: string) => Value {
  const known = new Map<string, Value>()
  const open = new Set<string>()
  const variable = (name: string): Value => {
    const key = Object.keys(variables).find((one) => one.toLowerCase() === name.toLowerCase())
    if (key === undefined) throw invalidTemplate(`The template variable '${name}' is not found`)
    if (known.has(key)) return known.get(key)
    if (open.has(key))
      throw invalidTemplate(`Circular reference in the template variable '${name}'`)
    open.add(key)
    known.set(key, evaluateAll(variables[key], templateFunctions({ ...scope, variable })))
    return known.get(key)
  }
  return variable
}

interface Draft {
  readonly resource: Omit<TemplateResource, 'dependsOn'>
  readonly loop: string | undefined
  readonly dependsOn: readonly string[]
}

function expand(raw: RawResource, scope: Scope): readonly Draft[] {
  const { copy } = raw
  if (copy === undefined) return draft(raw, scope)
  const count = evaluateCount(copy.count, scope)
  return Array.from({ length: count }, (_, position) =>
    draft(raw, { ...scope, index: { loop: copy.name, position } }),
  ).flat()
}

function evaluateCount(count: number | string, scope: Scope): number {
  const value = typeof count === 'number' ? count : evaluateText(count, templateFunctions(scope))
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 800)
    return value
  throw invalidTemplate('The value of the template copy count must be an integer of 0 to 800')
}

function draft(raw: RawResource, scope: Scope): readonly Draft[] {
  const {
    type,
    apiVersion,
    copy,
    condition,
    dependsOn,
    comments: _comments,
    metadata: _metadata,
    ...rest
  } = raw
  const functions = templateFunctions(scope)
  const isWanted = typeof condition === 'string' ? evaluateText(condition, functions) : condition
  if (isWanted === false) return []
  const { name: resolvedName, ...body } = evaluateFields(rest, functions)
  const name = typeof resolvedName === 'string' ? resolvedName : ''
  const kind = findKind(type)
  if (kind === undefined) {
    throw invalidTemplate(`The sandbox knows no resources of type '${type}'`)
  }
  const names = name.split('/')
  if (names.length !== type.split('/').length - 1) {
    throw invalidTemplate(
      `The template resource '${name}' for type '${type}' has incorrect segment lengths. A nested resource type must ` +
        'have identical number of segments as its resource name',
    )
  }
  const resourceId = { group: scope.group.name, type: kind.type, names }
  const location = typeof body.location === 'string' ? body.location : undefined
  return [
    {
      loop: copy?.name,
      dependsOn: dependsOn.map((one) => String(evaluateText(one, functions))),
      resource: {
        id: formatResourceId(resourceId),
        resourceId,
        kind,
        type: kind.type,
        name,
        location,
        apiVersion: String(evaluateText(apiVersion, functions)),
        body,
      },
    },
  ]
}

function evaluateFields(
  fields: Readonly<Record<string, unknown>>,
  functions: ReturnType<typeof templateFunctions>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, evaluateAll(value, functions)]),
  )
}

/** Turns what resources say of others into those others. */
function link(drafts: readonly Draft[]): readonly TemplateResource[] {
  const twice = drafts.find(({ resource }, index) =>
    drafts.slice(0, index).some((other) => isSameId(other.resource.id, resource.id)),
  )
  if (twice !== undefined) {
    throw invalidTemplate(
      `The resource '${twice.resource.id}' is defined multiple times in a template`,
    )
  }
  const linked = new Map<Draft, TemplateResource>()
  const open = new Set<Draft>()
  const linkOne = (one: Draft): TemplateResource => {
    const known = linked.get(one)
    if (known !== undefined) return known
    if (open.has(one)) {
      throw invalidTemplate(`Circular dependency detected on resource: '${one.resource.id}'`)
    }
    open.add(one)
    const dependsOn = one.dependsOn.flatMap((text) => meant(text, drafts)).map(linkOne)
    const resource = { ...one.resource, dependsOn: [...new Set(dependsOn)] }
    linked.set(one, resource)
    return resource
  }
  return drafts.map(linkOne)
}

/** A dependency is named by id, by type and name, by name alone or as a copy loop. */
function meant(text: string, drafts: readonly Draft[]): readonly Draft[] {
  const found = drafts.filter(
    ({ loop, resource }) =>
      loop === text ||
      isSameId(resource.id, text) ||
      resource.name.toLowerCase() === text.toLowerCase() ||
      resource.id.toLowerCase().endsWith(`/providers/${text.toLowerCase()}`),
  )
  if (found.length > 0) return found
  throw invalidTemplate(
    `The resource '${text}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details`,
  )
}
