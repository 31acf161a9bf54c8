import { defineProvider } from '@kontena/core'
import { masterOptions } from './masters/options.ts'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of Vagrant before anything of it runs. */
export const vagrant = defineProvider({
  name: 'vagrant',
  title: 'Vagrant',
  accessOptions,
  regionOption: 'region',
  machineOptions,
  limits: {
    // A file that is copied to the machine.
    userDataBytes: 1_048_576,
    // Each machine has a Vagrantfile of its own, so that it is started and stopped by itself.
    batch: 1,
  },
  // There is no metadata service, and NoCloud tells the instance id that we choose.
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    restart: true,
    stop: true,
    login: true,
    consoleLog: true,
    master: true,
    // Nothing filters between machines of a host-only network, so each does it itself.
    firewall: { esp: 'host' },
    idempotentCreate: true,
  },
  masters: {
    options: masterOptions,
    load: async () => (await import('./masters/master-session.ts')).openMasters,
  },
  load: async () => (await import('./provider.ts')).openVagrant,
})

export {
  accessOptions,
  machineOptions,
  type VagrantAccess,
  type VagrantMachineOptions,
} from './options.ts'
