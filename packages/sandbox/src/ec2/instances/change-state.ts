import { z } from 'zod'
import { type CallContext, defineAction, succeeded } from '../action.ts'
import type { Instance, StateName } from '../resources.ts'
import { Ec2Error } from '../wire/errors.ts'
import { boolean, dryRun, list, text } from '../wire/fields.ts'
import { items, type Xml } from '../wire/xml.ts'
import { instancesByIds } from './describe.ts'
import { stateXml } from './view.ts'

const named = { ...dryRun, InstanceId: list(text) }

/** One unknown id fails the whole call; ending an instance again is no error. */
export const terminateInstances = defineAction(
  z.strictObject({ ...named, Force: boolean.optional(), SkipOsShutdown: boolean.optional() }),
  (input, context) => {
    const instances = namedInstances(input, context)
    const kept = instances.find(({ isProtected }) => isProtected)
    if (kept !== undefined) {
      throw new Ec2Error(
        'OperationNotPermitted',
        `The instance '${kept.id}' may not be terminated. Modify its 'disableApiTermination' ` +
          'instance attribute and try again.',
      )
    }
    return () => changes(instances, (one) => context.world.lifecycle.terminate(one, context.region))
  },
)

export const stopInstances = defineAction(
  z.strictObject({
    ...named,
    Force: boolean.optional(),
    Hibernate: z.literal('false').optional(),
    SkipOsShutdown: boolean.optional(),
  }),
  (input, context) => {
    const instances = namedInstances(input, context)
    refuseUnless(instances, ['pending', 'running', 'stopping', 'stopped'], 'stopped')
    return () =>
      changes(instances, (one) => {
        if (one.state === 'running' || one.state === 'pending') context.world.lifecycle.stop(one)
      })
  },
)

export const startInstances = defineAction(
  z.strictObject({ ...named, AdditionalInfo: text.optional() }),
  (input, context) => {
    const instances = namedInstances(input, context)
    refuseUnless(instances, ['pending', 'running', 'stopped'], 'started')
    return () =>
      changes(instances, (one) => {
        if (one.state === 'stopped') context.world.lifecycle.start(one)
      })
  },
)

export const rebootInstances = defineAction(z.strictObject(named), (input, context) => {
  const instances = namedInstances(input, context)
  refuseUnless(instances, ['running'], 'rebooted')
  return () => {
    for (const instance of instances) context.world.lifecycle.reboot(instance)
    return succeeded
  }
})

function namedInstances(
  { InstanceId: ids }: { InstanceId: readonly string[] },
  { region }: CallContext,
): readonly Instance[] {
  if (ids.length > 0) return instancesByIds(region, ids)
  throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceId')
}

function refuseUnless(
  instances: readonly Instance[],
  states: readonly StateName[],
  done: string,
): void {
  const wrong = instances.find(({ state }) => !states.includes(state))
  if (wrong === undefined) return
  throw new Ec2Error(
    'IncorrectInstanceState',
    `The instance '${wrong.id}' is not in a state from which it can be ${done}.`,
  )
}

function changes(instances: readonly Instance[], change: (instance: Instance) => void): Xml {
  return {
    instancesSet: items(
      instances.map((instance) => {
        const previous = instance.state
        change(instance)
        return {
          instanceId: instance.id,
          currentState: stateXml(instance.state),
          previousState: stateXml(previous),
        }
      }),
    ),
  }
}
