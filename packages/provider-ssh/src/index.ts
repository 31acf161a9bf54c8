import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of hosts before the SSH client is loaded. */
export const ssh = defineProvider({
  name: 'ssh',
  title: 'hosts over SSH',
  accessOptions,
  regionOption: 'region',
  machineOptions,
  // What travels over a connection of our own has no limit but good sense.
  limits: { userDataBytes: 1_048_576, batch: 1 },
  bootstrap: { format: 'script', gzip: false, metadataServices: [] },
  abilities: {
    lent: true,
    restart: true,
    // A host that is off cannot be started over SSH.
    stop: false,
    login: true,
    consoleLog: true,
    master: false,
    firewall: { esp: 'host' },
    // The claim on the host holds the token of the call that made it.
    idempotentCreate: true,
  },
  load: async () => (await import('./provider.ts')).openSsh,
})

export {
  accessOptions,
  machineOptions,
  type SshAccess,
  type SshMachineOptions,
} from './options.ts'
