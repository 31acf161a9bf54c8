import { z } from 'zod'

export const accessOptions = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'Where the inventory listens', env: 'STATIC_URL', placeholder: 'url' }),
  site: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'must be a word, as in cellar')
    .optional()
    .meta({ description: 'Site whose machines are used', env: 'STATIC_SITE', ask: true }),
  token: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Token of the inventory', env: 'STATIC_TOKEN', secret: true }),
})
export type StaticAccess = z.infer<typeof accessOptions>

export const machineOptions = z.object({
  rack: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Rack to take machines from; any by default', placeholder: 'name' }),
})
export type StaticMachineOptions = z.infer<typeof machineOptions>
