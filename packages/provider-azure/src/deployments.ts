import type { DeploymentExtended } from '@azure/arm-resourcesdeployments'
import type { Call, Owner } from '@kontena/core'
import { z } from 'zod'
import { all } from './answers.ts'
import { causesOf } from './arm-error.ts'
import type { Cloud } from './clients.ts'
import { isAzureError, isMissing } from './errors.ts'
import { nameOf } from './machine-id.ts'
import { machineOfPart } from './names.ts'
import { ownerOf, type Tags, tagKeys } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/** A deployment of ours: one call that makes machines. */
export interface Deployment {
  readonly name: string
  readonly owner: Owner
  readonly order: string | undefined
  readonly token: string | undefined
  readonly zone: string
  readonly location: string
  readonly size: string | undefined
  /** Node names by the machine's own name, in lower case. */
  readonly machines: ReadonlyMap<string, string>
  /** It may still make something. */
  readonly isActive: boolean
  readonly hasSucceeded: boolean
  /** When it last changed, in milliseconds since the epoch; 0 where ARM does not tell. */
  readonly changedAt: number
  /** What ARM says of the whole. */
  readonly reason: string | undefined
}

/** What a template carries for people and for this package; ARM gives it back with the deployment. */
const parameters = z.object({
  machines: z.object({ value: z.record(z.string(), z.string()) }),
  zone: z.object({ value: z.string() }),
  location: z.object({ value: z.string() }),
  size: z.object({ value: z.string() }),
})

const ended = new Set(['succeeded', 'failed', 'canceled', 'deleted'])

/** Undefined for a deployment of somebody else. */
export function readDeployment(found: DeploymentExtended): Deployment | undefined {
  const { name, properties } = found
  const tags: Tags | undefined = found.tags
  const owner = ownerOf(tags)
  const known = parameters.safeParse(properties?.parameters).data
  if (name === undefined || owner === undefined || known === undefined) return undefined
  const state = properties?.provisioningState?.toLowerCase() ?? 'running'
  const [cause] = properties?.error === undefined ? [] : causesOf(properties.error)
  return {
    name,
    owner,
    order: tags?.[tagKeys.order],
    token: tags?.[tagKeys.token],
    zone: known.zone.value,
    location: known.location.value,
    size: known.size.value,
    machines: new Map(
      Object.entries(known.machines.value).map(([key, node]) => [key.toLowerCase(), node]),
    ),
    isActive: !ended.has(state),
    hasSucceeded: state === 'succeeded',
    changedAt: properties?.timestamp?.getTime() ?? 0,
    reason: state === 'canceled' ? 'the deployment was cancelled' : cause && describeCause(cause),
  }
}

/** Undefined where there is none of that name, also as its resource group is not there. */
export async function findDeployment(
  cloud: Cloud,
  { group, name }: { group: string; name: string },
  call: Call,
): Promise<Deployment | undefined> {
  const question = {
    action: 'Microsoft.Resources/deployments/read',
    about: `deployment ${name}`,
    ...call,
  }
  const found = await unlessMissing(
    cloud.deployments(question, ({ deployments }) => deployments.get(group, name)),
  )
  return found && readDeployment(found)
}

/** Stops what it has not begun; what it has begun goes on. One that has ended meanwhile is no error. */
export async function cancelDeployment(
  cloud: Cloud,
  { group, name }: { group: string; name: string },
  call: Call,
): Promise<void> {
  const question = {
    action: 'Microsoft.Resources/deployments/cancel/action',
    about: `deployment ${name}`,
    ...call,
  }
  try {
    await cloud.deployments(question, ({ deployments }) => deployments.cancel(group, name))
  } catch (error) {
    if (!isMissing(error) && !isAzureError(error, 'DeploymentCannotBeCancelled')) throw error
  }
}

/** Why machines came to nothing, by their names in lower case. */
export async function deploymentFailures(
  cloud: Cloud,
  { group, name }: { group: string; name: string },
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const question = {
    action: 'Microsoft.Resources/deployments/operations/read',
    about: `the operations of deployment ${name}`,
    ...call,
  }
  const reasons = new Map<string, string>()
  const operations = await cloud.deployments(question, ({ deploymentOperations }) =>
    all(deploymentOperations.list(group, name)),
  )
  for (const { properties } of operations) {
    const { error } = properties?.statusMessage ?? {}
    const resource = nameOf(properties?.targetResource?.id)
    const [cause] = error === undefined ? [] : causesOf(error)
    if (resource === undefined || cause === undefined) continue
    reasons.set(machineOfPart(resource) ?? resource, describeCause(cause))
  }
  return reasons
}

/** The code and the first sentence: what follows is advice for the portal. */
export function describeCause({ code, message }: { code: string; message: string }): string {
  const [sentence = ''] = message.split(/(?<=\.)\s|\r?\n/)
  return sentence === '' ? code : `${code}: ${sentence}`
}
