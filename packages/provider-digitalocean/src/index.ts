import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of DigitalOcean before its client is loaded. */
export const digitalocean = defineProvider({
  name: 'digitalocean',
  title: 'DigitalOcean',
  accessOptions,
  regionOption: 'region',
  machineOptions,
  limits: {
    // "Create a New Droplet" in the API reference: 64 KiB of user data, ten names in one call.
    userDataBytes: 65_536,
    batch: 10,
  },
  bootstrap: {
    // User data is a JSON string here, which gzip is not.
    gzip: false,
    machineName: 'v1.local_hostname',
    metadataServices: [{ address: '169.254.169.254' }],
  },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: false,
    master: false,
    // Cloud firewalls know tcp, udp and icmp, and drop all else.
    firewall: { esp: 'host' },
    idempotentCreate: false,
  },
  load: async () => (await import('./provider.ts')).openDigitalOcean,
})

export {
  accessOptions,
  type DigitalOceanAccess,
  type DigitalOceanMachineOptions,
  machineOptions,
} from './options.ts'
