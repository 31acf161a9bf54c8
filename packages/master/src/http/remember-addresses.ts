import type { Server, Socket } from 'node:net'

/** What stands for the address of a client whom the system knows nothing of any more. */
export const unknownAddress = 'unknown'

/**
 * Has each connection keep the address it came from. Node asks the system when the address is first wanted,
 * which tells nothing of a connection that was reset: who hangs up early would act from nowhere.
 */
export function rememberAddresses(server: Server): void {
  const remember = ({ remoteAddress }: Socket): void => void remoteAddress
  server.on('connection', remember)
  server.on('secureConnection', remember)
}
