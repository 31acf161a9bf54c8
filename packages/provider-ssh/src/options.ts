import { z } from 'zod'
import { parseTarget } from './target.ts'

const fingerprint = 'SHA256:[A-Za-z0-9+/]{43}=?'

/** How hosts are reached; options of every command, since no cloud tells it. */
export const accessOptions = z.object({
  user: z
    .string()
    .regex(/^[a-z_][\w.-]{0,31}$/i, 'must be the name of an account')
    .optional()
    .meta({
      description: 'Account to log in to; it is root or may use sudo without a password',
      env: 'KONTENA_SSH_USER',
      placeholder: 'name',
    }),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .meta({ description: 'Port of SSH where a host does not say its own; 22 by default' }),
  key: z.string().min(1).optional().meta({
    description: 'Private key file; the SSH agent and ~/.ssh/id_* by default',
    env: 'KONTENA_SSH_KEY',
    placeholder: 'file',
  }),
  jump: z
    .string()
    .refine((text) => parseTarget(text) !== undefined, 'must be [USER@]HOST[:PORT]')
    .optional()
    .meta({
      description: 'Host through which the others are reached, as [USER@]HOST[:PORT]',
      env: 'KONTENA_SSH_JUMP',
      placeholder: 'host',
    }),
  hostKey: z
    .array(
      z
        .string()
        .regex(
          new RegExp(`^${fingerprint}(,${fingerprint})*$`),
          'must be as SHA256:… of ssh-keygen -l',
        ),
    )
    .optional()
    .meta({
      description: 'Fingerprint of a host key to trust besides those in known_hosts',
      placeholder: 'fingerprint',
      ask: true,
    }),
  region: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'must be a word, as in cellar')
    .optional()
    .meta({
      description:
        'Label region=, the same for hosts that reach each other by private addresses; GRID-local by default',
      placeholder: 'word',
    }),
  forget: z.boolean().default(false).meta({
    description: 'Count hosts that do not answer, or are others by now, as gone',
  }),
})

/** Which hosts become nodes; further options of `node create`. */
export const machineOptions = z.object({
  host: z
    .array(
      z.string().refine((text) => parseTarget(text) !== undefined, 'must be [USER@]HOST[:PORT]'),
    )
    .optional()
    .meta({ description: 'Host that becomes a node, as [USER@]HOST[:PORT]', placeholder: 'host' }),
  hosts: z.string().min(1).optional().meta({
    description: 'File with a host on each line, written in the same way',
    placeholder: 'file',
  }),
  az: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'must be a word, as in rack-1')
    .default('local')
    .meta({ description: 'Label az=, the same for hosts that fail together', placeholder: 'word' }),
})

export type SshAccess = z.infer<typeof accessOptions>
export type SshMachineOptions = z.infer<typeof machineOptions>
