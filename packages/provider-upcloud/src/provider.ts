import { makeNobodysKey, type OpenProvider, once } from '@kontena/core'
import { findAccount } from './account.ts'
import { offerChoices } from './choices.ts'
import { openCloud } from './clients.ts'
import { launchMachine } from './launch.ts'
import { planLaunch } from './launch-plan.ts'
import { openMemory } from './memory.ts'
import { ensureOwnNetwork, findGivenNetwork, listNetworks, removeOwnNetworks } from './networks.ts'
import type { UpcloudAccess, UpcloudMachineOptions } from './options.ts'
import { checkOrder } from './preflight.ts'
import { findMachines, restartMachines, terminateMachines } from './servers.ts'
import type { UpcloudShared } from './shared.ts'

/** Opens an account and zone; makes no request, and fails for nothing before the first one. */
export const openUpcloud: OpenProvider<UpcloudAccess, UpcloudMachineOptions> = ({
  access,
  machine,
  rate,
}) => {
  const cloud = openCloud(access, rate)
  const work = { cloud, memory: openMemory() }
  const launch = once(async (call) => {
    if (machine === undefined) throw new Error('machines were asked for without their options')
    return await planLaunch(cloud, machine, call)
  })
  let nobodysKey: string | undefined

  return {
    account: once((call) => findAccount(cloud, call)),
    preflight: async (order, call) =>
      await checkOrder(cloud, { launch: await launch(call), order }, call),
    zones: async (call) => [{ name: (await launch(call)).zone }],
    prepare: async ({ owner }, call) => {
      const { zone, options } = await launch(call)
      const { uuid, ranges } =
        options.network === undefined
          ? await ensureOwnNetwork(cloud, { owner, zone }, call)
          : findGivenNetwork(await listNetworks(cloud, call), options.network, zone)
      return { shared: { network: uuid } satisfies UpcloudShared, network: ranges }
    },
    create: async (batch, call) => {
      const request = {
        plan: await launch(call),
        batch,
        nobodysKey: () => {
          nobodysKey ??= makeNobodysKey()
          return nobodysKey
        },
      }
      return await launchMachine(work, request, call)
    },
    find: (query, call) => findMachines(work, query, call),
    terminate: (ids, call) => terminateMachines(work, ids, call),
    removeShared: async (owner, call) => {
      await removeOwnNetworks(cloud, owner, call)
      return []
    },
    restart: (ids, call) => restartMachines(work, ids, call),
    choices: (question, call) => offerChoices(cloud, question, call),
  }
}
