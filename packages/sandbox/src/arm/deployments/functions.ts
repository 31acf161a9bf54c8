import { formatGroupId, formatResourceId, subscriptionId, tenantId } from '../resource-id.ts'
import type { ResourceGroup } from '../resources.ts'
import { type Functions, invalidTemplate, type Value } from './expression.ts'

export interface Scope {
  readonly group: ResourceGroup
  readonly deploymentName: string
  readonly parameter: (name: string) => Value
  readonly variable: (name: string) => Value
  /** Where a copy loop stands; undefined outside of one. */
  readonly index: { readonly loop: string; readonly position: number } | undefined
}

/** The functions that templates of node pools get by with; others are refused by name. */
export function templateFunctions(scope: Scope): Functions {
  const functions: Record<string, (values: readonly Value[]) => Value> = {
    parameters: ([name]) => scope.parameter(text(name)),
    variables: ([name]) => scope.variable(text(name)),
    copyIndex: (values) => copyIndex(values, scope),
    deployment: () => ({ name: scope.deploymentName }),
    resourceGroup: () => {
      const { name, location, tags, id } = scope.group
      return { id, name, location, tags, type: 'Microsoft.Resources/resourceGroups' }
    },
    subscription: () => ({
      id: `/subscriptions/${subscriptionId}`,
      subscriptionId,
      tenantId,
      displayName: 'Sandbox',
    }),
    resourceId: (values) => resourceId(values.map(text), scope.group.name),
    ...texts,
    ...numbers,
    ...logic,
  }
  return new Map(Object.entries(functions).map(([name, run]) => [name.toLowerCase(), run]))
}

const texts: Record<string, (values: readonly Value[]) => Value> = {
  concat: (values) =>
    values.every(Array.isArray) ? values.flat() : values.map((one) => plain(one)).join(''),
  format: ([pattern, ...values]) =>
    text(pattern).replaceAll(/\{(\d+)\}/g, (_, index) => plain(values[Number(index)])),
  toLower: ([one]) => text(one).toLowerCase(),
  toUpper: ([one]) => text(one).toUpperCase(),
  string: ([one]) => plain(one),
  base64: ([one]) => Buffer.from(text(one)).toString('base64'),
  padLeft: ([one, width, fill = ' ']) => plain(one).padStart(number(width), text(fill)),
  substring: ([one, start, length]) =>
    text(one).slice(
      number(start),
      length === undefined ? undefined : number(start) + number(length),
    ),
  replace: ([one, old, now]) => text(one).replaceAll(text(old), text(now)),
  createArray: (values) => values,
  length: ([one]) => lengthOf(one),
}

const numbers: Record<string, (values: readonly Value[]) => Value> = {
  int: ([one]) => Number.parseInt(plain(one), 10),
  add: ([one, other]) => number(one) + number(other),
  sub: ([one, other]) => number(one) - number(other),
  mul: ([one, other]) => number(one) * number(other),
  div: ([one, other]) => Math.trunc(number(one) / number(other)),
  mod: ([one, other]) => number(one) % number(other),
}

const logic: Record<string, (values: readonly Value[]) => Value> = {
  true: () => true,
  false: () => false,
  not: ([one]) => one !== true,
  equals: ([one, other]) => JSON.stringify(one) === JSON.stringify(other),
  empty: ([one]) => one === null || lengthOf(one) === 0,
  if: ([condition, then, otherwise]) => (condition === true ? then : otherwise),
}

function copyIndex(values: readonly Value[], { index }: Scope): number {
  const loop = values.find((value) => typeof value === 'string')
  const offset = values.find((value) => typeof value === 'number') ?? 0
  if (index === undefined || (loop !== undefined && loop !== index.loop)) {
    throw invalidTemplate("The template function 'copyIndex' is not expected at this location")
  }
  return index.position + number(offset)
}

/** Arguments before the type name another subscription and group. */
function resourceId(values: readonly string[], group: string): string {
  const first = values.findIndex((value) => value.includes('/'))
  const type = values[first] ?? ''
  const names = values.slice(first + 1)
  if (first < 0 || first > 2 || names.length !== type.split('/').length - 1) {
    throw invalidTemplate("Unable to evaluate template language function 'resourceId'")
  }
  const given = first === 0 ? group : (values[first - 1] ?? group)
  const id = formatResourceId({ group: given, type, names })
  return first === 2
    ? id.replace(formatGroupId(given), `/subscriptions/${values[0]}/resourceGroups/${given}`)
    : id
}

function text(value: Value): string {
  if (typeof value === 'string') return value
  throw invalidTemplate(`Expected a value of type 'String', but received '${typeof value}'`)
}

function number(value: Value): number {
  if (typeof value === 'number') return value
  throw invalidTemplate(`Expected a value of type 'Integer', but received '${typeof value}'`)
}

function plain(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return JSON.stringify(value)
}

function lengthOf(value: Value): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  if (typeof value === 'object' && value !== null) return Object.keys(value).length
  throw invalidTemplate(
    "The template language function 'length' expects a string, an array or an object",
  )
}
