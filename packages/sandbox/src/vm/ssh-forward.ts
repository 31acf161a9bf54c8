import { once } from 'node:events'
import { createServer } from 'node:net'

/** Where ssh on this computer reaches a machine. */
export interface SshForward {
  readonly address: string
  readonly port: number
}

const sshPort = 22

/** All public addresses of the simulated clouds (RFC 2544: for tests of networks, and nobody's). */
export const publicAddresses = '198.18.0.0/15'

/** Whether machines can be reached at their own public addresses from this computer. */
export async function canReachMachines(): Promise<boolean> {
  return (await canListen('198.18.0.1', sshPort)) !== undefined
}

/**
 * The machine's own public address and port 22 where this computer lets us listen there, as one does that
 * was told to treat the sandbox's addresses as its own; else a free port on loopback.
 */
export async function findSshForward(publicAddress: string | undefined): Promise<SshForward> {
  if (publicAddress !== undefined && (await canListen(publicAddress, sshPort)) !== undefined) {
    return { address: publicAddress, port: sshPort }
  }
  const address = '127.0.0.1'
  const port = await canListen(address, 0)
  if (port === undefined) throw new Error(`no free port on ${address} for ssh`)
  return { address, port }
}

/** The port that was free; undefined where none can be had. */
async function canListen(address: string, port: number): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen(port, address)
    await once(server, 'listening')
    const bound = server.address()
    return typeof bound === 'object' ? bound?.port : undefined
  } catch {
    return undefined
  } finally {
    server.close()
  }
}
