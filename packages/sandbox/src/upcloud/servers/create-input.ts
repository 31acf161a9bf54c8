import { z } from 'zod'
import { labels, number, yesNo } from '../wire/fields.ts'

const onOff = z.enum(['on', 'off'])
const ipAddress = z.strictObject({
  family: z.enum(['IPv4', 'IPv6']).default('IPv4'),
  address: z.string().optional(),
  dhcp_provided: yesNo.optional(),
})
const networkInterface = z.strictObject({
  type: z.enum(['public', 'utility', 'private']),
  network: z.string().optional(),
  index: number.optional(),
  bootable: yesNo.optional(),
  source_ip_filtering: yesNo.optional(),
  ip_addresses: z.strictObject({ ip_address: z.array(ipAddress).min(1) }),
})
/** It takes no labels; those of a disk are set once it is there. */
const storageDevice = z.strictObject({
  action: z.enum(['clone', 'create', 'attach']),
  storage: z.string().optional(),
  title: z.string().max(255).optional(),
  size: number.optional(),
  tier: z.enum(['maxiops', 'standard', 'hdd']).optional(),
  encrypted: yesNo.optional(),
  address: z.string().optional(),
  type: z.string().optional(),
})

/** The body of a create call; what stands here is all that the API knows. */
export const creation = z.strictObject({
  server: z.strictObject({
    zone: z.string(),
    title: z.string().min(1).max(255),
    hostname: z.string().regex(/^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/),
    plan: z.string().default('custom'),
    core_number: number.optional(),
    memory_amount: number.optional(),
    metadata: yesNo.default('no'),
    firewall: onOff.default('off'),
    user_data: z.string().optional(),
    login_user: z
      .strictObject({
        username: z.string().default('root'),
        create_password: yesNo.optional(),
        ssh_keys: z.strictObject({ ssh_key: z.array(z.string()) }).optional(),
      })
      .optional(),
    password_delivery: z.enum(['none', 'email', 'sms']).default('none'),
    storage_devices: z.strictObject({ storage_device: z.array(storageDevice).min(1) }),
    networking: z
      .strictObject({
        interfaces: z.strictObject({ interface: z.array(networkInterface) }),
      })
      .optional(),
    labels: labels.default({ label: [] }),
    timezone: z.string().default('UTC'),
    server_group: z.string().nullable().optional(),
    simple_backup: z.string().optional(),
    avoid_host: number.optional(),
    host: number.optional(),
    boot_order: z.string().optional(),
    nic_model: z.string().optional(),
    video_model: z.string().optional(),
    remote_access_enabled: yesNo.optional(),
    remote_access_type: z.string().optional(),
    remote_access_password: z.string().optional(),
  }),
})
export type ServerInput = z.output<typeof creation>['server']
export type InterfaceInput = z.output<typeof networkInterface>
export type DeviceInput = z.output<typeof storageDevice>

/** What titles are called in codes. */
export const serverCodes = {
  title: 'SERVER_TITLE',
  storage_device: 'STORAGE_DEVICE',
  storage_devices: 'STORAGE_DEVICES',
}
