import type { OpenProvider } from '@kontena/core'
import { findAccount } from './account.ts'
import { offerChoices } from './choices.ts'
import { openCloud } from './clients.ts'
import { findMachines, restartMachines, terminateMachines } from './droplets.ts'
import { launchMachines } from './launch.ts'
import { removeLeftoverTags } from './leftover-tags.ts'
import type { DigitalOceanAccess, DigitalOceanMachineOptions } from './options.ts'
import { checkOrder } from './preflight.ts'
import type { DigitalOceanShared } from './shared.ts'
import { ensureKeys, removeOwnKey } from './ssh-keys.ts'
import { removeOwnVpcs } from './vpc-removal.ts'
import { ensureVpc } from './vpcs.ts'

/** Opens an account and region; makes no call, and fails for nothing before the first one. */
export const openDigitalOcean: OpenProvider<DigitalOceanAccess, DigitalOceanMachineOptions> = ({
  access,
  machine,
  rate,
}) => {
  const cloud = openCloud(access, rate)
  /** Machines that this session has deleted, and which may be listed for a while. */
  const dismissed = new Set<string>()
  const restarted = new Set<string>()
  const options = (): DigitalOceanMachineOptions => {
    if (machine === undefined) throw new Error('machines were asked for without their options')
    return machine
  }

  return {
    account: async (call) => {
      const { id, region, local } = await findAccount(cloud, call)
      return { id, region, local }
    },
    preflight: (order, call) => checkOrder(cloud, { options: options(), order }, call),
    zones: async () => [{ name: cloud.region() }],
    prepare: async ({ owner, sshKeys }, call) => {
      const region = cloud.region()
      const { vpc: given, accountKey } = options()
      const vpc = await ensureVpc(cloud, { owner, region, given }, call)
      const keyWish = { owner, region, given: accountKey, sshKeys }
      const keys = await ensureKeys(cloud, keyWish, call)
      const shared: DigitalOceanShared = { vpc: vpc.id, sshKeys: [...keys] }
      return { shared, network: [vpc.ip_range] }
    },
    create: (batch, call) => launchMachines(cloud, { options: options(), batch }, call),
    find: (query, call) => findMachines(cloud, { query, dismissed }, call),
    terminate: (ids, call) => terminateMachines(cloud, { ids, begun: dismissed }, call),
    removeShared: async (owner, call) => {
      // While a machine is in the VPC, the grid still wants its key.
      const kept = await removeOwnVpcs(cloud, owner, call)
      await removeOwnKey(cloud, owner, call)
      await removeLeftoverTags(cloud, owner, call)
      return kept
    },
    restart: (ids, call) => restartMachines(cloud, { ids, begun: restarted }, call),
    choices: (question, call) => offerChoices(cloud, question, call),
  }
}
