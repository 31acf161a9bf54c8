import { z } from 'zod'

/** Options of every command. Without credentials here, upctl's own places are looked in. */
export const accessOptions = z.object({
  zone: z
    .string()
    .regex(/^[a-z]{2}-[a-z0-9-]+$/, 'must be a zone, as in fi-hel1')
    .optional()
    .meta({ description: 'Zone', env: 'UPCLOUD_ZONE', placeholder: 'zone', ask: true }),
  token: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'API token', env: 'UPCLOUD_TOKEN', placeholder: 'token', secret: true }),
  username: z.string().min(1).optional().meta({
    description: 'Name of the account or sub-account, instead of a token',
    env: 'UPCLOUD_USERNAME',
    placeholder: 'name',
  }),
  password: z.string().min(1).optional().meta({
    description: 'Its password',
    env: 'UPCLOUD_PASSWORD',
    placeholder: 'password',
    secret: true,
  }),
})

/** Further options of `node create`. */
export const machineOptions = z.object({
  plan: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be a plan, as in 1xCPU-2GB')
    .default('1xCPU-2GB')
    .meta({ description: 'Plan', placeholder: 'plan', ask: true }),
  image: z
    .enum(['ubuntu-24.04', 'debian-12', 'debian-13'])
    .default('ubuntu-24.04')
    .meta({ description: 'Operating system', ask: true }),
  template: z.string().min(1).optional().meta({
    description:
      'Template of your own by uuid or title, instead of --image; it must run cloud-init',
    placeholder: 'template',
  }),
  storage: z.number().int().min(10).max(4096).optional().meta({
    description: "Size of the disk in GiB; the plan's own where absent",
    placeholder: 'gib',
  }),
  network: z.string().min(1).optional().meta({
    description: "Private network by uuid or name; the grid's own where absent",
    placeholder: 'network',
    ask: true,
  }),
})

export type UpcloudAccess = z.infer<typeof accessOptions>
export type UpcloudMachineOptions = z.infer<typeof machineOptions>
