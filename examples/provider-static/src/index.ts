import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that the command line knows of the inventory before it is used. */
export const provider = defineProvider({
  name: 'static',
  title: 'Static inventory',
  accessOptions,
  regionOption: 'site',
  machineOptions,
  limits: { userDataBytes: 65_536, batch: 20 },
  bootstrap: { gzip: false, machineName: 'v1.local_hostname', metadataServices: [] },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'cloud' },
    idempotentCreate: true,
  },
  load: async () => (await import('./provider.ts')).openStatic,
})
