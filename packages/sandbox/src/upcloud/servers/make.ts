import { randomInt } from 'node:crypto'
import type { Account, Server, Storage } from '../account.ts'
import { makeInterfaces } from '../networks/interfaces.ts'
import { newUuid } from '../wire/uuid.ts'
import type { Disk, ServerPlan } from './create-plan.ts'
import { guestOf } from './guest.ts'
import { instanceData } from './instance-data.ts'

/** Makes a server in state maintenance, with its disks and addresses. */
export function makeServer(plan: ServerPlan, account: Account): Server {
  const { input, zone } = plan
  const uuid = newUuid('server')
  const createdAt = new Date()
  const interfaces = makeInterfaces(account, plan.interfaces)
  const { hostname, user_data: given = '', metadata } = input
  const sshKeys = input.login_user?.ssh_keys?.ssh_key ?? []
  // Without the metadata service nothing reaches the machine.
  const hasMetadata = metadata === 'yes'
  const userData = hasMetadata ? given : ''
  const instance = instanceData({ uuid, hostname, zone, sshKeys, interfaces })
  const server: Server = {
    uuid,
    zone,
    createdAt,
    visibleFrom: createdAt.getTime() + account.consistencyDelay,
    hasMetadata,
    userData,
    username: input.login_user?.username ?? 'root',
    sshKeys,
    host: randomInt(5_000_000_000, 7_000_000_000),
    machine: account.createMachine({
      id: uuid,
      userData: Buffer.from(userData),
      instance,
      guest: guestOf({
        uuid,
        hostname,
        zone: zone.id,
        userData,
        hasMetadata,
        instance,
        interfaces,
      }),
      onlyPrints: account.faults.take('boot-console', { zone: zone.id })?.text,
    }),
    storages: plan.disks.map((disk) => storageOf(disk, { uuid, plan, account })),
    timezone: input.timezone,
    title: input.title,
    hostname,
    plan: plan.plan,
    labels: input.labels.label,
    firewall: input.firewall,
    firewallRules: [],
    interfaces,
    state: 'maintenance',
    progress: 0,
    generation: 0,
  }
  account.servers.set(uuid, server)
  account.lifecycle.launch(server)
  return server
}

interface Owner {
  readonly uuid: string
  readonly plan: ServerPlan
  readonly account: Account
}

function storageOf(disk: Disk, { uuid: server, plan, account }: Owner): Storage {
  if (disk.kind === 'attached') {
    disk.storage.server = server
    return disk.storage
  }
  const storage: Storage = {
    uuid: newUuid('storage'),
    zone: plan.zone,
    size: disk.size,
    tier: disk.tier,
    createdAt: new Date(),
    title: disk.title,
    labels: [],
    backupRule: undefined,
    server,
  }
  account.storages.set(storage.uuid, storage)
  return storage
}
