import { join } from 'node:path'
import { isLoopbackHost, type OpenProvider } from '@kontena/core'
import { offerHostKeys } from './choices.ts'
import { claimHost } from './claim-host.ts'
import { openConnections, type Route } from './connections.ts'
import type { Hosts } from './hosts.ts'
import { findMachines, loginOf, readJournal, releaseHosts, restartHosts } from './machines.ts'
import { openMemory } from './memory.ts'
import type { SshAccess, SshMachineOptions } from './options.ts'
import { checkHosts } from './preflight.ts'
import { namedRoutes } from './routes.ts'

/** Opens no connection, and fails for nothing before the first one is needed. */
export const openSsh: OpenProvider<SshAccess, SshMachineOptions> = (settings) => {
  const { access, machine, folder, owner } = settings
  let routes: Promise<readonly Route[]> | undefined
  const hosts: Hosts = {
    access,
    connections: openConnections(),
    memory: openMemory(join(folder, 'hosts')),
    named: () => {
      if (machine === undefined) throw new Error('machines were asked for without their options')
      routes ??= namedRoutes(access, machine)
      return routes
    },
    taken: [],
    gone: new Set(),
  }

  return {
    account: async () => ({
      // Hosts are in nobody's account: their ids lead to them from everywhere.
      id: 'hosts',
      region: access.region ?? (owner === undefined ? 'local' : `${owner.grid}-local`),
      local: machine !== undefined && (await hosts.named()).every(isHere),
    }),
    count: async () => (await hosts.named()).length,
    preflight: async (order, call) =>
      await checkHosts(hosts.connections, { routes: await hosts.named(), order }, call),
    zones: async () => [{ name: machine?.az ?? 'local' }],
    // Nobody but the agents knows the addresses by which hosts reach each other.
    prepare: async () => ({ shared: {}, network: [] }),
    create: (batch, call) => claimHost(hosts, batch, call),
    find: (query, call) => findMachines(hosts, query, call),
    terminate: (ids, call) => releaseHosts(hosts, ids, call),
    removeShared: async () => [],
    restart: (ids, call) => restartHosts(hosts, ids, call),
    login: (id) => loginOf(hosts, id),
    consoleLog: (id, call) => readJournal(hosts, id, call),
    choices: (question, call) => offerHostKeys(hosts.connections, question, call),
  }
}

function isHere({ address, jump }: Route): boolean {
  return jump === undefined && isLoopbackHost(address.host)
}
