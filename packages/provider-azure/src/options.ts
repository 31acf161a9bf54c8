import { z } from 'zod'

/** Options of every command. Credentials are found as the Azure SDK finds them. */
export const accessOptions = z.object({
  subscriptionId: z.uuid('must be a subscription id, as az account list shows it').optional().meta({
    description: 'Subscription; the default one of the Azure CLI where absent',
    env: 'AZURE_SUBSCRIPTION_ID',
    placeholder: 'id',
  }),
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, 'must be a tenant id or domain')
    .optional()
    .meta({
      description: 'Tenant of the subscription, where the login knows several',
      env: 'AZURE_TENANT_ID',
      placeholder: 'id',
    }),
  location: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9 ]*$/, 'must be a location, as in westeurope')
    .optional()
    .meta({
      description: 'Location',
      env: ['AZURE_LOCATION', 'AZURE_DEFAULTS_LOCATION'],
      placeholder: 'location',
      ask: true,
    }),
})

/** Names that Azure refuses for the administrator of a Linux machine (Compute API, `adminUsername`). */
const refusedUsers = new Set(
  `1 123 a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner
  root server sql support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4
  user5 video`.split(/\s+/),
)

/** Further options of `node create`. */
export const machineOptions = z.object({
  size: z
    .string()
    .regex(/^[A-Za-z]+_[A-Za-z0-9_-]+$/, 'must be a machine size, as in Standard_B2s')
    .default('Standard_B2s')
    .meta({ description: 'Machine size', placeholder: 'size', ask: true }),
  image: z
    .enum(['ubuntu-24.04', 'debian-12', 'debian-13', 'flatcar'])
    .default('ubuntu-24.04')
    .meta({ description: 'Operating system; its newest image is used', ask: true }),
  imageUrn: z
    .string()
    .regex(
      /^[\w.-]+:[\w.-]+:[\w.-]+(:[\w.-]+)?$/,
      'must be publisher:offer:sku or publisher:offer:sku:version',
    )
    .optional()
    .meta({ description: 'Marketplace image, instead of --image', placeholder: 'urn' }),
  storage: z
    .number()
    .int()
    .min(30)
    .max(4_095)
    .default(30)
    .meta({ description: 'Size of the system disk in GiB', placeholder: 'gib' }),
  storageType: z
    .enum(['Standard_LRS', 'StandardSSD_LRS', 'Premium_LRS', 'StandardSSD_ZRS', 'Premium_ZRS'])
    .default('StandardSSD_LRS')
    .meta({ description: 'Kind of the system disk' }),
  zone: z
    .enum(['1', '2', '3'])
    .optional()
    .meta({ description: 'Availability zone; all that have the size by default' }),
  resourceGroup: z
    .string()
    .regex(/^[\w().-]{0,89}[\w()-]$/, 'must be the name of a resource group')
    .optional()
    .meta({ description: 'Resource group; one of the grid by default', placeholder: 'name' }),
  network: z
    .string()
    .regex(/^[\w./-]+$/, 'must be the name or id of a virtual network')
    .optional()
    .meta({
      description: 'Virtual network that is there, by name or id; one of the grid by default',
      placeholder: 'network',
    }),
  subnet: z
    .string()
    .regex(/^[\w./-]+$/, 'must be the name or id of a subnet')
    .optional()
    .meta({ description: 'Subnet of --network, or its id', placeholder: 'subnet' }),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a user name of up to 32 lower-case letters')
    .refine((name) => !refusedUsers.has(name), 'is a name that Azure refuses')
    .optional()
    .meta({
      description: 'Machine user that SSH keys are for; kontena by default, on Flatcar core',
      placeholder: 'name',
    }),
  publicIp: z.boolean().default(true).meta({ description: 'Give machines a public IPv4 address' }),
})

export type AzureAccess = z.infer<typeof accessOptions>
export type AzureMachineOptions = z.infer<typeof machineOptions>
