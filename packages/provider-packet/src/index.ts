import { defineProvider } from '@kontena/core'
import { ended } from './ended.ts'
import { accessOptions, machineOptions } from './options.ts'

/**
 * A service that is no more. Commands still know its word, so that node records of its machines can be
 * taken away and old scripts are told why they make none.
 */
export const packet = defineProvider({
  name: 'packet',
  title: 'Packet (Equinix Metal)',
  accessOptions,
  regionOption: 'facility',
  machineOptions,
  // What the service took; nothing is made within them any more.
  limits: { userDataBytes: 65_536, batch: 1 },
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    // The command was there, and says which machine is gone.
    restart: true,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'host' },
    idempotentCreate: false,
  },
  ended,
  load: async () => (await import('./provider.ts')).openPacket,
})

export {
  accessOptions,
  machineOptions,
  type PacketAccess,
  type PacketMachineOptions,
} from './options.ts'
