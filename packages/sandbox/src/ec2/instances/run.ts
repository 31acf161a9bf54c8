import { createHash } from 'node:crypto'
import { type CallContext, defineAction } from '../action.ts'
import type { Region } from '../region.ts'
import type { Instance } from '../resources.ts'
import { Ec2Error } from '../wire/errors.ts'
import { countThatFits } from './capacity.ts'
import { type LaunchInput, launchInput } from './launch-input.ts'
import { planLaunch } from './launch-plan.ts'
import { makeInstances } from './make.ts'
import { reservationXml } from './view.ts'

/**
 * Starts between MinCount and MaxCount instances or none. A call with a client token that was seen
 * before gives what that call made, however often it comes, and changes nothing.
 */
export const runInstances = defineAction(launchInput, (input, context) => {
  const { region, world } = context
  const earlier = input.DryRun ? undefined : findLaunch(input, region)
  if (earlier !== undefined) return () => reservationXml(earlier, region)
  const plan = planLaunch(input, region)
  return () => {
    const instances = makeInstances(plan, countThatFits(plan, context), context)
    rememberLaunch(input, instances, region)
    for (const instance of instances) {
      world.lifecycle.launch(instance, region, takeBootFailure(instance, context))
    }
    return reservationXml(instances, region)
  }
})

function takeBootFailure({ zone }: Instance, { world }: CallContext) {
  const fault = world.faults.take('boot-failure', { zone: zone.name })
  if (fault === undefined) return undefined
  const code = fault.code ?? 'Server.InternalError'
  return { code, message: fault.message ?? `${code}: Internal error on launch` }
}

/** @throws Ec2Error where the token was used for another call, or for instances that are gone */
function findLaunch(input: LaunchInput, region: Region): readonly Instance[] | undefined {
  const launch = region.launches.get(input.ClientToken ?? '')
  if (launch === undefined) return undefined
  if (launch.parameters !== fingerprint(input)) {
    throw new Ec2Error(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    )
  }
  const instances = [...region.instances.values()].filter(
    ({ reservationId }) => reservationId === launch.reservationId,
  )
  if (instances.every(({ state }) => state === 'terminated')) {
    throw new Ec2Error(
      'IdempotentInstanceTerminated',
      'The request to launch the instance used a client token of instances that were terminated.',
    )
  }
  return instances
}

function rememberLaunch(input: LaunchInput, instances: readonly Instance[], region: Region): void {
  const reservationId = instances[0]?.reservationId
  if (input.ClientToken === undefined || reservationId === undefined) return
  region.launches.set(input.ClientToken, { parameters: fingerprint(input), reservationId })
}

/** Checked input has its fields in the schema's order, so equal calls give equal text. */
function fingerprint(input: LaunchInput): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex')
}
