import { z } from 'zod'

const ignored = (placeholder: string) => ({
  description: 'No longer used, and accepted so that scripts still run',
  placeholder,
})

/** What commands of the time before took; nothing is asked of the service with it any more. */
export const accessOptions = z.object({
  facility: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Facility that node records name', placeholder: 'code' }),
  project: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Project that node records name', placeholder: 'id' }),
  token: z
    .string()
    .optional()
    .meta({ ...ignored('token'), secret: true }),
})

export const machineOptions = z.object({
  type: z.string().optional().meta(ignored('plan')),
  billing: z.string().optional().meta(ignored('cycle')),
})

export type PacketAccess = z.infer<typeof accessOptions>
export type PacketMachineOptions = z.infer<typeof machineOptions>
