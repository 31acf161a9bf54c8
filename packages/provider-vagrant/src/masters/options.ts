import { isIPv4 } from 'node:net'
import { defaultAgentRuntime } from '@kontena/core'
import { z } from 'zod'
import { machineOptions } from '../options.ts'

const { memory, box } = machineOptions.shape

/** Options of `master create`. */
export const masterOptions = machineOptions.omit({ az: true }).extend({
  memory: memory.unwrap().default(1024).meta({
    description: 'Memory of the machine in MiB',
    placeholder: 'mib',
  }),
  box: box.unwrap().default('cloud-image/ubuntu-24.04').meta({
    description: "Vagrant's box: a name of its catalogue, a file or a URL",
    placeholder: 'box',
  }),
  networkAddress: z.string().refine(isIPv4, 'must be an IPv4 address').optional().meta({
    description: 'Its address on the host-only network; a free one of 192.168.56.0/21 where absent',
    placeholder: 'address',
  }),
  runtime: z
    .string()
    // It stands in a unit, which systemd reads, and in a line that Docker gets.
    .regex(/^[a-z0-9][\w./:@-]*$/i, 'must be the name of an image')
    .default(defaultAgentRuntime)
    .meta({
      description: 'Node.js image that the master runs in',
      placeholder: 'image',
    }),
})

export type MasterOptions = z.infer<typeof masterOptions>
