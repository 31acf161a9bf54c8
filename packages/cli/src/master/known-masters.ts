import { ProvisionError } from '@kontena/core'
import type { Config, ConfigServer } from './config.ts'

/** A master of the configuration. Throws `NOT_FOUND` naming those there are. */
export function findServer({ servers }: Config, name: string): ConfigServer {
  const server = servers.find((entry) => entry.name === name)
  if (server !== undefined) return server
  throw new ProvisionError('NOT_FOUND', `no master named ${name} is known here`, {
    hint: `known masters: ${servers.map((entry) => entry.name).join(', ') || 'none'}`,
  })
}
