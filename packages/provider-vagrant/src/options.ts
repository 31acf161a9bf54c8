import { isIPv4 } from 'node:net'
import { z } from 'zod'

const place = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'must be letters, digits, dots and dashes')

/** Options of every command. */
export const accessOptions = z.object({
  region: place.optional().meta({
    description: 'Region that nodes are labelled with; GRID-local where absent',
    env: 'KONTENA_VAGRANT_REGION',
    placeholder: 'name',
  }),
})

/** Further options of `node create`. */
export const machineOptions = z.object({
  memory: z
    .number()
    .int()
    .min(512)
    .max(1_048_576)
    .default(2048)
    .meta({ description: 'Memory of each machine in MiB', placeholder: 'mib' }),
  cpus: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ description: 'Processors of each machine', placeholder: 'number' }),
  box: z.string().min(1).default('cloud-image/ubuntu-24.04').meta({
    description: "Vagrant's box: a name of its catalogue, a file or a URL; it must have cloud-init",
    placeholder: 'box',
  }),
  vagrantProvider: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'must be a provider of Vagrant, as in virtualbox')
    .optional()
    .meta({
      description:
        'What Vagrant makes machines with: virtualbox, libvirt and others; looked for where absent',
      env: 'VAGRANT_DEFAULT_PROVIDER',
      placeholder: 'name',
    }),
  networkAddress: z
    .string()
    .refine((text) => text === 'dhcp' || isIPv4(text), 'must be an IPv4 address, or dhcp')
    .optional()
    .meta({
      description:
        "First machine's address on the host-only network, or dhcp; a free one of 192.168.56.0/21 where absent",
      placeholder: 'address',
    }),
  az: place.default('local').meta({
    description: 'Availability zone that nodes are labelled with',
    placeholder: 'name',
  }),
  emulated: z.boolean().default(false).meta({
    description: 'With libvirt, emulate the processor, where it has no virtualization; slow',
  }),
})

export type VagrantAccess = z.infer<typeof accessOptions>
export type VagrantMachineOptions = z.infer<typeof machineOptions>
