import { type BatchResult, type Call, type MachineBatch, ProvisionError } from '@kontena/core'
import type { NewServer } from '@kontena/upcloud-api'
import { diskTitle } from './disks.ts'
import { isUpcloudFailure } from './errors.ts'
import { launchLabels } from './labels.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { readMachineDetails } from './machines.ts'
import type { Work } from './servers.ts'
import { readShared } from './shared.ts'

/** Starts one machine; its labels travel in the request, so that it is never without an owner. */
export async function launchMachine(
  { cloud, memory }: Work,
  request: { plan: LaunchPlan; batch: MachineBatch; nobodysKey: () => string },
  call: Call,
): Promise<BatchResult> {
  const { plan, batch } = request
  const [name, ...others] = batch.names
  if (name === undefined || others.length > 0) throw new Error('UpCloud makes one server at a time')
  if (batch.zone !== plan.zone) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `machines of zone ${batch.zone} were asked of ${plan.zone}`,
      {
        hint: `give --zone ${batch.zone}`,
      },
    )
  }
  const { network } = readShared(batch.shared)
  const sshKeys = batch.sshKeys.length > 0 ? batch.sshKeys : [request.nobodysKey()]
  const server = describeServer(name, { plan, batch, network, sshKeys })
  const about = `server ${name}, ${plan.plan.name} in ${plan.zone}`
  try {
    const made = await cloud.ask({ doing: 'make', about, ...call }, (client, options) =>
      client.servers.create(server, options),
    )
    return { machines: [readMachineDetails(made, memory)] }
  } catch (error) {
    throw isUpcloudFailure(error, 'NETWORK_NOT_FOUND') ? vanished(error, network) : error
  }
}

function describeServer(
  name: string,
  made: { plan: LaunchPlan; batch: MachineBatch; network: string; sshKeys: readonly string[] },
): NewServer {
  const { plan, batch, network, sshKeys } = made
  const { disk, template } = plan
  return {
    zone: plan.zone,
    title: name,
    hostname: name,
    plan: plan.plan.name,
    // Without it templates with cloud-init are refused, and the machine would not find its user data.
    metadata: true,
    // Stateless, per server and without groups: the ports are the host's own firewall's.
    firewall: false,
    userData: Buffer.from(batch.userData).toString('utf8'),
    labels: launchLabels(batch, name),
    loginUser: { createPassword: false, sshKeys },
    passwordDelivery: 'none',
    storages: [{ action: 'clone', storage: template.uuid, title: diskTitle(name, batch), ...disk }],
    interfaces: [{ type: 'public' }, { type: 'utility' }, { type: 'private', network }],
  }
}

/** What machines share may have been taken away since it was prepared, by another command. */
function vanished(error: unknown, network: string): ProvisionError {
  return new ProvisionError('BUSY', `UpCloud does not know network ${network} yet, or no longer`, {
    hint: 'repeat the command in a minute',
    cause: error,
  })
}
