import type { Machine, MachineState } from '@kontena/core'
import type { IpAddress, Server, ServerDetails } from '@kontena/upcloud-api'
import { diskTitle } from './disks.ts'
import { labelKeys, ownerOf } from './labels.ts'
import type { Addresses, Memory } from './memory.ts'

/** A server as the kernel knows machines. What it shows is kept in mind for later calls. */
export function readMachine(server: Server, memory: Memory): Machine {
  const { uuid, labels } = server
  const owner = ownerOf(labels)
  const { [labelKeys.order]: order, [labelKeys.token]: token, [labelKeys.node]: node } = labels
  if (owner !== undefined && order !== undefined && token !== undefined && node !== undefined) {
    memory.diskTitles.set(uuid, diskTitle(node, { owner, order, token }))
  }
  const addresses = memory.addresses.get(uuid)
  const state = stateOf(server, memory)
  return {
    id: uuid,
    name: node,
    state,
    zone: server.zone,
    launchIndex: undefined,
    publicAddress: addresses?.publicAddress,
    privateAddress: addresses?.privateAddress,
    owner,
    order,
    token,
    type: server.plan,
    reason: state === 'failed' ? 'UpCloud reports an error of the server' : undefined,
  }
}

/** A server that is asked for alone tells its addresses too. */
export function readMachineDetails(server: ServerDetails, memory: Memory): Machine {
  const isIpv4 = ({ family }: { family: string }): boolean => family === 'IPv4'
  const inPrivate = server.interfaces
    .filter(({ type }) => type === 'private')
    .flatMap(({ addresses }) => addresses)
  const addresses: Addresses = {
    publicAddress: server.addresses.filter(isIpv4).find(({ access }) => access === 'public')
      ?.address,
    privateAddress: inPrivate.find(isIpv4)?.address,
  }
  if (addresses.publicAddress !== undefined) memory.addresses.set(server.uuid, addresses)
  return readMachine(server, memory)
}

/** Addresses of these servers, as the account's list has them. */
export function rememberAddresses(
  servers: readonly Server[],
  list: readonly IpAddress[],
  memory: Memory,
): void {
  const byServer = Map.groupBy(list, ({ server }) => server)
  for (const { uuid } of servers) {
    const mine = (byServer.get(uuid) ?? []).filter(({ family }) => family === 'IPv4')
    const publicAddress = mine.find(({ access }) => access === 'public')?.address
    const privateAddress = mine.find(({ access }) => access === 'private')?.address
    if (publicAddress !== undefined) memory.addresses.set(uuid, { publicAddress, privateAddress })
  }
}

/** UpCloud shows a server as `started` until it has stopped, and as listed for a while after its end. */
function stateOf({ uuid, state }: Server, memory: Memory): MachineState {
  if (memory.deleted.has(uuid)) return 'going'
  const isStopping = memory.stops.has(uuid)
  switch (state) {
    case 'started':
      return isStopping ? 'stopping' : 'running'
    case 'stopped':
      return 'stopped'
    case 'error':
      return 'failed'
    case 'pending_delete':
      return 'going'
    default:
      return isStopping ? 'stopping' : 'pending'
  }
}
