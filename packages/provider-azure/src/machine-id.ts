/** A machine by its resource group and its own name, both in lower case, as the machine itself knows them. */
export interface MachineAddress {
  readonly group: string
  readonly name: string
}

/** `<resource group>/<name>`: a name is unique in its group only, and Azure minds no case. */
export function machineId({ group, name }: MachineAddress): string {
  return `${group}/${name}`.toLowerCase()
}

/** Undefined for what is no id of ours. */
export function parseMachineId(id: string): MachineAddress | undefined {
  const [group, name, ...rest] = id.toLowerCase().split('/')
  if (!group || !name || rest.length > 0) return undefined
  return { group, name }
}

/** Parts of an ARM resource id, `/subscriptions/S/resourceGroups/G/providers/N/type/name[/type/name]`. */
export interface ResourceId {
  readonly subscription: string
  readonly group: string
  /** As in `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string
  /** The names, outermost first. */
  readonly names: readonly string[]
}

export function parseResourceId(id: string): ResourceId | undefined {
  const match =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/(.+)$/i.exec(id)
  const [, subscription, group, namespace, rest] = match ?? []
  if (!subscription || !group || !namespace || !rest) return undefined
  const parts = rest.split('/')
  const types = parts.filter((_, index) => index % 2 === 0)
  const names = parts.filter((_, index) => index % 2 === 1)
  if (types.length !== names.length || parts.includes('')) return undefined
  return { subscription, group, type: [namespace, ...types].join('/'), names }
}

/** Resource group of a resource, as ARM spells it. */
export function groupOf(id: string | undefined): string | undefined {
  return /\/resourceGroups\/([^/]+)/i.exec(id ?? '')?.[1]
}

/** Last name of a resource id, in lower case. */
export function nameOf(id: string | undefined): string | undefined {
  return id?.slice(id.lastIndexOf('/') + 1).toLowerCase() || undefined
}
