import { z } from 'zod'

/** Where a token may be in the environment; the first that is set counts. */
export const tokenVariables = [
  'DIGITALOCEAN_ACCESS_TOKEN',
  'DIGITALOCEAN_TOKEN',
  'DO_TOKEN',
] as const

/** Options of every command. Without a token doctl's configuration file has one. */
export const accessOptions = z.object({
  region: z
    .string()
    .regex(/^[a-z]{3}\d{1,2}$/, 'must be a region, as in fra1')
    .optional()
    .meta({
      description: 'Region',
      env: 'DIGITALOCEAN_REGION',
      placeholder: 'region',
      ask: true,
    }),
  token: z.string().min(1).optional().meta({
    description: 'API token',
    env: tokenVariables,
    placeholder: 'token',
    secret: true,
  }),
  context: z.string().min(1).optional().meta({
    description: 'Context of doctl whose token is used where none is given',
    env: 'DIGITALOCEAN_CONTEXT',
    placeholder: 'name',
  }),
})

/** Further options of `node create`. */
export const machineOptions = z.object({
  size: z
    .string()
    .regex(/^[a-z][a-z0-9_]*(-[a-z0-9_.]+)+$/, 'must be a size, as in s-1vcpu-2gb')
    .default('s-1vcpu-2gb')
    .meta({ description: 'Size', placeholder: 'size', ask: true }),
  image: z
    .enum(['ubuntu-24.04', 'debian-12', 'debian-13'])
    .default('ubuntu-24.04')
    .meta({ description: 'Operating system', ask: true }),
  vpc: z.string().min(1).optional().meta({
    description: "VPC by name or id; the grid's own where absent",
    placeholder: 'vpc',
    ask: true,
  }),
  accountKey: z.string().min(1).optional().meta({
    description: 'SSH key of the account by name, fingerprint or id',
    placeholder: 'key',
    ask: true,
  }),
  monitoring: z
    .boolean()
    .default(false)
    .meta({ description: "Install DigitalOcean's agent for metrics" }),
  dropletAgent: z
    .boolean()
    .default(false)
    .meta({ description: "Install DigitalOcean's agent for its web console" }),
  ipv6: z.boolean().default(false).meta({ description: 'Give machines a public IPv6 address' }),
  backups: z
    .boolean()
    .default(false)
    .meta({ description: 'Let DigitalOcean back machines up, which it charges for' }),
})

export type DigitalOceanAccess = z.infer<typeof accessOptions>
export type DigitalOceanMachineOptions = z.infer<typeof machineOptions>
