/** A machine by its resource group and its own name, both in lower case, as the machine itself knows them. */
export interface MachineAddress {
  readonly group: string
  readonly name: string
}

/** `<resource group>/<name>`: a name is unique in its group only, and Azure minds no case. */
export function machineId({ group, name }: MachineAddress): string {
  return `${group}/${name}`.toLowerCase()
}

/**
 * What Azure takes for the name of a group or a machine ("Naming rules" in its documentation): none ends in a
 * period, so that none is a step up in the path of a request.
 */
const azureName = /^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u

/** Undefined for what is no id of ours; ids come from node records, which others can write. */
export function parseMachineId(id: string): MachineAddress | undefined {
  const [group, name, ...rest] = id.toLowerCase().split('/')
  if (group === undefined || name === undefined || rest.length > 0) return undefined
  return azureName.test(group) && azureName.test(name) ? { group, name } : undefined
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
