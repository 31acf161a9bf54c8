/** Where a resource is: compared without regard to case, shown as it was written first. */
export interface ResourceId {
  readonly group: string
  /** With its namespace, as in `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string
  /** One per level: a subnet's own name comes after its network's. */
  readonly names: readonly string[]
}

/** The one subscription of the simulated account. */
export const subscriptionId = '5ca1ab1e-0000-4000-8000-00000000a2e0'
export const tenantId = '5ca1ab1e-0000-4000-8000-0000000007e4'

const pattern =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)((?:\/[^/]+\/[^/]+)+)$/i

/** Undefined for what is no id of a resource in our subscription. */
export function parseResourceId(text: string): ResourceId | undefined {
  const [, subscription = '', group = '', namespace = '', rest = ''] = pattern.exec(text) ?? []
  if (subscription.toLowerCase() !== subscriptionId) return undefined
  const segments = rest.slice(1).split('/')
  const types = segments.filter((_, index) => index % 2 === 0)
  return {
    group,
    type: [namespace, ...types].join('/'),
    names: segments.filter((_, index) => index % 2 === 1),
  }
}

export function formatGroupId(group: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}`
}

export function formatResourceId({ group, type, names }: ResourceId): string {
  const [namespace = '', ...types] = type.split('/')
  const path = types.flatMap((one, index) => [one, names[index] ?? ''])
  return [formatGroupId(group), 'providers', namespace, ...path].join('/')
}

/** The resource's own name, without those above it. */
export function nameOf({ names }: ResourceId): string {
  return names.at(-1) ?? ''
}

/** The id of what a child resource belongs to. */
export function parentOf({ group, type, names }: ResourceId): ResourceId {
  return { group, type: type.slice(0, type.lastIndexOf('/')), names: names.slice(0, -1) }
}

export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
