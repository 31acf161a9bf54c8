import type { Account, Storage } from '../account.ts'
import { customPlan, findPlan, type Plan } from '../catalog/plans.ts'
import { findTemplate, type Template } from '../catalog/templates.ts'
import { findZone, type Zone } from '../catalog/zones.ts'
import { type InterfaceWish, sharedNetwork } from '../networks/interfaces.ts'
import { findNetwork } from '../networks/routes.ts'
import { badRequest, conflict, forbidden, notFound } from '../refusals.ts'
import { checkLabels } from '../wire/labels.ts'
import { checkRoom } from './capacity.ts'
import type { DeviceInput, InterfaceInput, ServerInput } from './create-input.ts'

/** A disk that could be made or attached. */
export type Disk =
  | { readonly kind: 'new'; readonly title: string; readonly size: number; readonly tier: string }
  | { readonly kind: 'attached'; readonly storage: Storage }

/** A server that could be made. */
export interface ServerPlan {
  readonly input: ServerInput
  readonly zone: Zone
  readonly plan: Plan
  readonly disks: readonly Disk[]
  readonly interfaces: readonly InterfaceWish[]
}

/** Checks a create call in the vendor's codes. Throws Refusal. */
export function planServer(input: ServerInput, account: Account): ServerPlan {
  const zone = findZone(input.zone)
  if (zone === undefined) {
    throw notFound('ZONE_NOT_FOUND', `The zone ${input.zone} does not exist.`)
  }
  const plan = planOf(input)
  checkLabels(input.labels.label)
  const devices = input.storage_devices.storage_device
  const disks = devices.map((device) => diskOf(device, { zone, plan, account }))
  checkLogin(input, templatesOf(devices))
  const interfaces = interfacesOf(input, zone, account)
  checkRoom({ zone, plan }, account)
  return { input, zone, plan, disks, interfaces }
}

/** A plan settles cores and memory; `custom` takes them from the call. */
export function planOf({
  plan: name,
  core_number: cores,
  memory_amount: memory,
}: Pick<ServerInput, 'plan' | 'core_number' | 'memory_amount'>): Plan {
  if (name === 'custom') {
    return { ...customPlan, cores: cores ?? customPlan.cores, memory: memory ?? customPlan.memory }
  }
  const plan = findPlan(name)
  if (plan === undefined)
    throw badRequest('PLAN_INVALID', 'The attribute plan has an invalid value.')
  if (cores !== undefined && cores !== plan.cores) {
    throw forbidden('PLAN_CORE_NUMBER_ILLEGAL', 'The plan does not allow this number of cores.')
  }
  if (memory !== undefined && memory !== plan.memory) {
    throw forbidden('PLAN_MEMORY_AMOUNT_ILLEGAL', 'The plan does not allow this amount of memory.')
  }
  return plan
}

function templatesOf(devices: readonly DeviceInput[]): readonly Template[] {
  return devices.flatMap(({ action, storage = '' }) => {
    const template = action === 'clone' ? findTemplate(storage) : undefined
    return template === undefined ? [] : [template]
  })
}

interface DiskContext {
  readonly zone: Zone
  readonly plan: Plan
  readonly account: Account
}

function diskOf(device: DeviceInput, { zone, plan, account }: DiskContext): Disk {
  const { action, storage: uuid, title, size, tier = 'maxiops' } = device
  if (action !== 'create' && uuid === undefined) {
    throw badRequest('STORAGE_MISSING', 'The required attribute storage is missing.')
  }
  if (action === 'attach') return { kind: 'attached', storage: freeStorage(uuid, zone, account) }
  if (title === undefined || title === '') {
    throw badRequest('STORAGE_TITLE_MISSING', 'The required attribute title is missing.')
  }
  const least = action === 'clone' ? sourceSize(uuid, account) : 1
  // Without a size a clone is as large as its source, whatever the plan has.
  const wanted = size ?? (action === 'clone' ? least : plan.disk)
  if (wanted < Math.max(1, least) || wanted > 4096) {
    throw badRequest('SIZE_INVALID', 'The attribute size has an invalid value.')
  }
  return { kind: 'new', title, size: wanted, tier }
}

function sourceSize(uuid: string | undefined, account: Account): number {
  const source = findTemplate(uuid ?? '') ?? account.storages.get(uuid ?? '')
  if (source !== undefined) return source.size
  throw notFound('STORAGE_NOT_FOUND', `The storage ${uuid} does not exist.`)
}

function freeStorage(uuid: string | undefined, zone: Zone, account: Account): Storage {
  const storage = account.storages.get(uuid ?? '')
  if (storage === undefined) {
    throw notFound('STORAGE_NOT_FOUND', `The storage ${uuid} does not exist.`)
  }
  if (storage.server !== undefined) {
    throw conflict('STORAGE_ATTACHED_AS_DISK', `The storage ${uuid} is attached already.`)
  }
  if (storage.zone !== zone) throw conflict('ZONE_MISMATCH', `The storage ${uuid} is elsewhere.`)
  return storage
}

/** Images with cloud-init learn their keys from the metadata service and have no passwords. */
function checkLogin({ metadata, login_user: user }: ServerInput, sources: readonly Template[]) {
  const keys = user?.ssh_keys?.ssh_key ?? []
  if (keys.length > 0 && user?.create_password === 'yes') {
    throw badRequest(
      'CREATE_PASSWORD_INVALID',
      'The attribute create_password cannot be yes when ssh keys are provided.',
    )
  }
  if (!sources.some(({ type }) => type === 'cloud-init')) return
  if (metadata !== 'yes') {
    throw conflict(
      'METADATA_DISABLED_ON_CLOUD-INIT',
      'Metadata must be enabled when cloning a cloud-init template',
    )
  }
  if (keys.length > 0) return
  if (user?.create_password === 'no') {
    throw badRequest('SSH_KEYS_MISSING', 'The template requires at least one SSH key.')
  }
  throw conflict(
    'CAN_NOT_CREATE_PASSWORD_FOR_THE_SELECTED_DISTRIBUTION',
    'Passwords cannot be created for cloud-init templates.',
  )
}

/** Without a wish a server gets one public address of each family and a utility address. */
function interfacesOf(input: ServerInput, zone: Zone, account: Account): readonly InterfaceWish[] {
  const usual: readonly InterfaceInput[] = [
    { type: 'public', ip_addresses: { ip_address: [{ family: 'IPv4' }] } },
    { type: 'utility', ip_addresses: { ip_address: [{ family: 'IPv4' }] } },
    { type: 'public', ip_addresses: { ip_address: [{ family: 'IPv6' }] } },
  ]
  const wishes = input.networking?.interfaces.interface ?? usual
  return wishes.map((wish) => {
    const [address] = wish.ip_addresses.ip_address
    const { type } = wish
    if (type !== 'private') {
      const family = address?.family ?? 'IPv4'
      return { type, network: sharedNetwork(account, { zone, type, family }), address: undefined }
    }
    const network = findNetwork(account, wish.network ?? '')
    if (network.zone !== zone) {
      throw conflict('ZONE_MISMATCH', `The network ${network.uuid} is in another zone.`)
    }
    return { type, network, address: address?.address }
  })
}
