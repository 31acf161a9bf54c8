import { type OpenProvider, once } from '@kontena/core'
import { findAccount, locationOf } from './account.ts'
import { answerChoices } from './choices.ts'
import { openCloud } from './clients.ts'
import { readConsole } from './console.ts'
import { findMachines, type Place } from './find.ts'
import { launchMachines } from './launch.ts'
import { planHardware, planLaunch } from './launch-plan.ts'
import { openMemory } from './memory.ts'
import type { AzureAccess, AzureMachineOptions } from './options.ts'
import { checkOrder } from './preflight.ts'
import { removeShared } from './remove-shared.ts'
import { restartMachines } from './restart.ts'
import { prepareShared } from './shared.ts'
import { openSshKeys } from './ssh-keys.ts'
import { terminateMachines } from './terminate.ts'

/** Opens a subscription and location; makes no call, and fails for nothing before the first one. */
export const openAzure: OpenProvider<AzureAccess, AzureMachineOptions> = ({
  access,
  machine,
  rate,
}) => {
  const cloud = openCloud(access, rate)
  const memory = openMemory()
  const sshKey = openSshKeys()
  const account = once((call) => findAccount(cloud, access, call))
  const place = (): Place => ({ cloud, location: locationOf(access), memory })
  const hardware = once(async (call) => {
    if (machine === undefined) throw new Error('machines were asked for without their options')
    // First of all, as its failures tell what is wrong with subscription and credentials.
    const { region } = await account(call)
    return await planHardware(cloud, { options: machine, location: region }, call)
  })

  return {
    account,
    preflight: async (order, call) => {
      const made = { hardware: await hardware(call), owner: order.owner }
      const plan = await planLaunch(cloud, made, call)
      return await checkOrder(cloud, { plan, order }, call)
    },
    zones: async (call) => (await hardware(call)).zones.map((name) => ({ name })),
    prepare: async (order, call) => {
      const made = { hardware: await hardware(call), owner: order.owner }
      const plan = await planLaunch(cloud, made, call)
      return await prepareShared({ cloud, plan, memory }, order, call)
    },
    create: async (batch, call) => {
      const launch = { place: place(), hardware: await hardware(call), batch }
      return await launchMachines({ ...launch, sshKey: sshKey(batch.sshKeys) }, call)
    },
    find: async (query, call) => await findMachines(place(), query, call),
    terminate: async (ids, call) => await terminateMachines(place(), ids, call),
    removeShared: async (owner, call) => await removeShared(place(), owner, call),
    restart: async (ids, call) => await restartMachines(cloud, ids, call),
    consoleLog: async (id, call) => await readConsole(cloud, id, call),
    choices: async (question, call) => await answerChoices(cloud, { access, question }, call),
  }
}
