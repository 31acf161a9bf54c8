import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of UpCloud before its client is loaded. */
export const upcloud = defineProvider({
  name: 'upcloud',
  title: 'UpCloud',
  accessOptions,
  regionOption: 'zone',
  machineOptions,
  limits: {
    // UpCloud documents no limit; this much is taken by every cloud, and far more than is needed.
    userDataBytes: 16_384,
    // The API makes one server per request.
    batch: 1,
  },
  bootstrap: {
    // User data is text in a JSON document.
    gzip: false,
    metadataServices: [{ address: '169.254.169.254' }],
  },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'host' },
    idempotentCreate: false,
  },
  load: async () => (await import('./provider.ts')).openUpcloud,
})

export {
  accessOptions,
  machineOptions,
  type UpcloudAccess,
  type UpcloudMachineOptions,
} from './options.ts'
