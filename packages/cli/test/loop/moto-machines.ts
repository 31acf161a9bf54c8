import { setTimeout as delay } from 'node:timers/promises'
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2'
import { type BootedMachine, bootMachine } from '@kontena/sandbox'

/** Machines behind the instances that moto only keeps books of. */
export interface MotoMachines {
  /** By the id of the instance. */
  readonly booted: ReadonlyMap<string, BootedMachine>
  /** Instances are no longer looked at, and every machine ends. */
  close(): Promise<void>
}

const interval = 100

/**
 * Boots a machine for each instance of a master that runs, from the user data that moto was given for it,
 * and takes it away once moto says that the instance is terminated.
 */
export function openMotoMachines(ec2: EC2Client, master: string): MotoMachines {
  const booted = new Map<string, BootedMachine>()
  const closing = new AbortController()

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      const instances = await listInstances(ec2, master)
      await Promise.all(instances.map((instance) => keepUp(instance)))
      await delay(interval, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  async function keepUp(instance: Instance): Promise<void> {
    const { InstanceId: id = '', State } = instance
    const machine = booted.get(id)
    if (State?.Name === 'running' && machine === undefined) {
      booted.set(id, await boot(ec2, id, instance))
    }
    if (State?.Name === 'terminated' && machine !== undefined) {
      booted.delete(id)
      await machine.close()
    }
  }
  const followed = follow()
  return {
    booted,
    async close() {
      closing.abort()
      await followed
      await Promise.all([...booted.values()].map((machine) => machine.close()))
    },
  }
}

/** Also those that are terminated, which a cloud lists for a while. */
export async function listInstances(ec2: EC2Client, master: string): Promise<Instance[]> {
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:kontena:master', Values: [master] }] }),
  )
  return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])
}

async function boot(ec2: EC2Client, id: string, instance: Instance): Promise<BootedMachine> {
  const { UserData } = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' }),
  )
  return bootMachine({
    id,
    userData: Buffer.from(UserData?.Value ?? '', 'base64'),
    instance: {
      v1: { instance_id: id, availability_zone: instance.Placement?.AvailabilityZone ?? '' },
      metaData: { 'instance-id': id, 'ami-launch-index': String(instance.AmiLaunchIndex) },
    },
  })
}
