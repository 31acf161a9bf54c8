import { z } from 'zod'
import { labels } from './labels.ts'
import { list, number, optionalBoolean, optionalNumber, optionalText } from './values.ts'

const serverFields = {
  uuid: z.string(),
  title: z.string(),
  hostname: z.string(),
  zone: z.string(),
  plan: optionalText,
  state: z.string(),
  core_number: optionalNumber,
  memory_amount: optionalNumber,
  created: optionalNumber,
  progress: optionalNumber,
  server_group: optionalText,
  labels,
}

interface RawServer {
  readonly uuid: string
  readonly title: string
  readonly hostname: string
  readonly zone: string
  readonly plan: string | undefined
  readonly state: string
  readonly core_number: number | undefined
  readonly memory_amount: number | undefined
  readonly created: number | undefined
  readonly progress: number | undefined
  readonly server_group: string | undefined
  readonly labels: z.output<typeof labels>
}

function readServer(raw: RawServer) {
  return {
    uuid: raw.uuid,
    title: raw.title,
    hostname: raw.hostname,
    zone: raw.zone,
    plan: raw.plan,
    /** `started`, `stopped`, `maintenance`, `error` or `pending_delete`. */
    state: raw.state,
    cores: raw.core_number,
    memoryMib: raw.memory_amount,
    createdAt: raw.created === undefined ? undefined : new Date(raw.created * 1000),
    /** Per cent of what is under way in `maintenance`. */
    progress: raw.progress,
    serverGroup: raw.server_group,
    labels: raw.labels,
  }
}

const serverAddress = z.object({
  address: z.string(),
  family: z.string().default('IPv4'),
  access: z.string(),
})

const serverInterface = z
  .object({
    index: number,
    type: z.string(),
    network: optionalText,
    mac: optionalText,
    ip_addresses: list(
      'ip_address',
      z.object({ address: z.string(), family: z.string().default('IPv4') }),
    ),
  })
  .transform(({ ip_addresses: addresses, ...rest }) => ({ ...rest, addresses }))

const serverStorage = z
  .object({
    storage: z.string(),
    storage_title: z.string().default(''),
    storage_size: optionalNumber,
    storage_tier: optionalText,
    address: z.string(),
    type: z.string(),
    boot_disk: optionalBoolean,
  })
  .transform((raw) => ({
    uuid: raw.storage,
    title: raw.storage_title,
    sizeGib: raw.storage_size,
    tier: raw.storage_tier,
    address: raw.address,
    type: raw.type,
    isBootDisk: raw.boot_disk ?? false,
  }))

/** As lists have it. */
export const server = z.object(serverFields).transform(readServer)

const networking = z
  .object({ interfaces: list('interface', serverInterface) })
  .nullish()
  .transform((value) => value?.interfaces ?? [])

/** As one gets it alone, and as every change answers with it. */
export const serverDetails = z
  .object({
    ...serverFields,
    firewall: optionalBoolean,
    metadata: optionalBoolean,
    timezone: optionalText,
    ip_addresses: list('ip_address', serverAddress),
    networking,
    storage_devices: list('storage_device', serverStorage),
  })
  .transform((raw) => ({
    ...readServer(raw),
    firewall: raw.firewall ?? false,
    metadata: raw.metadata ?? false,
    timezone: raw.timezone,
    addresses: raw.ip_addresses,
    interfaces: raw.networking,
    storages: raw.storage_devices,
  }))

export type Server = Readonly<z.output<typeof server>>
export type ServerDetails = Readonly<z.output<typeof serverDetails>>
export type ServerInterface = ServerDetails['interfaces'][number]
export type ServerStorage = ServerDetails['storages'][number]
