import { type Call, type OpenProvider, ProvisionError } from '@kontena/core'
import { ended } from './ended.ts'
import type { PacketAccess, PacketMachineOptions } from './options.ts'

/** Stands for what nobody named; the service tells nothing any more. */
const unnamed = 'packet'

/**
 * Answers from what is known: no machine is left, so none is found and each is gone. It opens no
 * connection, whatever the credentials.
 */
export const openPacket: OpenProvider<PacketAccess, PacketMachineOptions> = ({ access }) => ({
  // As the records of old machines have them, so that those can be taken away.
  account: answer(() => ({
    id: access.project ?? unnamed,
    region: access.facility ?? unnamed,
    local: false,
  })),
  preflight: (_, call) => refuse(call),
  zones: (call) => refuse(call),
  prepare: (_, call) => refuse(call),
  create: (_, call) => refuse(call),
  find: (_, call) => answer(() => [])(call),
  terminate: (_, call) => answer(() => undefined)(call),
  removeShared: (_, call) => answer(() => [])(call),
  restart: (_, call) => refuse(call),
})

function answer<Answer>(known: () => Answer): (call: Call) => Promise<Answer> {
  return async ({ signal }) => {
    signal.throwIfAborted()
    return known()
  }
}

async function refuse({ signal }: Call): Promise<never> {
  signal.throwIfAborted()
  throw new ProvisionError('NOT_SUPPORTED', ended.message, { hint: ended.hint })
}
