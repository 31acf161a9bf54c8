import type { Instance, InstanceStateName } from '@aws-sdk/client-ec2'
import type { Machine, MachineState } from '@kontena/core'
import { ownerOf, tagKeys, tagValue } from './tags.ts'

/** Terminated instances stay listed for about an hour and cost nothing. */
const states: Readonly<Record<InstanceStateName, MachineState>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'going',
  terminated: 'gone',
}

/** An instance as the kernel knows machines; none for an answer without an id. */
export function readMachine(instance: Instance): Machine[] {
  const id = instance.InstanceId
  if (id === undefined) return []
  const state = states[instance.State?.Name ?? 'pending']
  return [
    {
      id,
      name: tagValue(instance.Tags, tagKeys.node),
      state,
      zone: instance.Placement?.AvailabilityZone ?? '',
      launchIndex: instance.AmiLaunchIndex,
      publicAddress: instance.PublicIpAddress || undefined,
      privateAddress: instance.PrivateIpAddress || undefined,
      owner: ownerOf(instance.Tags),
      order: tagValue(instance.Tags, tagKeys.order),
      token: instance.ClientToken || undefined,
      type: instance.InstanceType,
      reason: state === 'pending' || state === 'running' ? undefined : reasonOf(instance),
    },
  ]
}

/** EC2 mostly puts the code in front of its message itself. */
function reasonOf({ StateReason: reason }: Instance): string | undefined {
  const { Code: code, Message: message } = reason ?? {}
  if (code === undefined || message === undefined) return message ?? code
  return message.startsWith(code) ? message : `${code}: ${message}`
}
