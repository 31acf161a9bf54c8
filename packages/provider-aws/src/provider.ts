import { type Call, type OpenProvider, type Owner, once } from '@kontena/core'
import { findAccount } from './account.ts'
import { offerChoices } from './choices.ts'
import { type Cloud, openCloud } from './clients.ts'
import {
  findMachines,
  nameMachines,
  readConsole,
  restartMachines,
  terminateMachines,
} from './instances.ts'
import { ensureKeyPair, planKeyPair, removeKeyPairs } from './key-pairs.ts'
import { launchMachines } from './launch.ts'
import { planLaunch } from './launch-plan.ts'
import type { AwsAccess, AwsMachineOptions } from './options.ts'
import { checkOrder } from './preflight.ts'
import { ensureOwnGroup, findGivenGroups, removeOwnGroups } from './security-groups.ts'
import type { AwsShared } from './shared.ts'
import { tagKeys } from './tags.ts'

/** Answers for every account of the public regions, enabled or not. */
const home = 'us-east-1'

/** Opens an account and region; makes no call, and fails for nothing before the first one. */
export const openAws: OpenProvider<AwsAccess, AwsMachineOptions> = ({ access, machine, rate }) => {
  const cloud = openCloud(access, rate)
  /** Machines that the user gave a `Name`, which is not written over. */
  const namedByUser = new Set<string>()
  const account = once((call) => findAccount(cloud, call))
  const plan = once(async (call) => {
    if (machine === undefined) throw new Error('machines were asked for without their options')
    // First of all, as its failures tell what is wrong with region and credentials.
    await account(call)
    return await planLaunch(cloud, machine, call)
  })

  return {
    account,
    preflight: async (order, call) => {
      const { id } = await account(call)
      return await checkOrder(cloud, { plan: await plan(call), order, account: id }, call)
    },
    zones: async (call) => [...(await plan(call)).subnets.keys()].map((name) => ({ name })),
    prepare: async ({ policy, owner }, call) => {
      const { options, vpc } = await plan(call)
      const securityGroups =
        options.securityGroups === undefined
          ? [await ensureOwnGroup(cloud, { owner, vpc, policy }, call)]
          : [...(await findGivenGroups(cloud, { given: options.securityGroups, vpc }, call))]
      const keyPair = await prepareKeyPair(cloud, { options, owner }, call)
      return { shared: { securityGroups, keyPair } satisfies AwsShared, network: [] }
    },
    create: async (batch, call) => {
      const result = await launchMachines(cloud, { plan: await plan(call), batch }, call)
      if (tagKeys.name in batch.tags) for (const { id } of result.machines) namedByUser.add(id)
      return result
    },
    find: (query, call) => findMachines(cloud, query, call),
    terminate: (ids, call) => terminateMachines(cloud, ids, call),
    removeShared: async (owner, call) => {
      // While a machine holds on to the group, the grid still wants its key pair.
      const kept = await removeOwnGroups(cloud, owner, call)
      await removeKeyPairs(cloud, owner, call)
      return kept
    },
    restart: (ids, call) => restartMachines(cloud, ids, call),
    nameMachines: (machines, call) => nameMachines(cloud, { machines, namedByUser }, call),
    consoleLog: (id, call) => readConsole(cloud, id, call),
    choices: async (question, call) => {
      const region = await cloud.region().catch(() => undefined)
      const anywhere = region === undefined ? openCloud({ ...access, region: home }, rate) : cloud
      return await offerChoices({ cloud, anywhere }, question, call)
    },
  }
}

async function prepareKeyPair(
  cloud: Cloud,
  { options, owner }: { options: AwsMachineOptions; owner: Owner },
  call: Call,
): Promise<string | undefined> {
  const keyPair = await planKeyPair(cloud, options, call)
  if (keyPair !== undefined) await ensureKeyPair(cloud, { plan: keyPair, owner }, call)
  return keyPair?.name
}
