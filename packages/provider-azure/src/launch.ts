import {
  type BatchResult,
  type Call,
  isFailure,
  type Machine,
  type MachineBatch,
  ProvisionError,
} from '@kontena/core'
import { accepted } from './answers.ts'
import { findDeployment } from './deployments.ts'
import { isAzureError } from './errors.ts'
import { findMachines, type Place } from './find.ts'
import { acceptTerms } from './images.ts'
import type { Hardware } from './launch-plan.ts'
import { machineId } from './machine-id.ts'
import { deploymentName } from './names.ts'
import { roomFor } from './quotas.ts'
import { type AzureShared, readShared } from './shared.ts'
import { batchTags } from './tags.ts'
import { planMachines, type TemplateRequest, template, templateParameters } from './template.ts'

/** What ARM takes as a template with all its values in place ("Template limits" in its documentation). */
const longestTemplate = 4 * 1024 * 1024

export interface Launch {
  readonly place: Place
  readonly hardware: Hardware
  readonly batch: MachineBatch
  readonly sshKey: string
}

/**
 * Makes a batch by one deployment, which has the batch's token for a name: a repeat finds the first and
 * makes nothing. Resolves once ARM has accepted it; the machines are on their way then.
 */
export async function launchMachines(launch: Launch, call: Call): Promise<BatchResult> {
  const { place, batch } = launch
  const shared = readShared(batch.shared)
  place.memory.groups.add(shared.group)
  const name = deploymentName(batch.token)
  const known = await findDeployment(place.cloud, { group: shared.group, name }, call)
  if (known !== undefined) return await madeBefore(launch, { shared, names: known.machines }, call)
  try {
    return await deploy(launch, { shared, name }, call)
  } catch (error) {
    if (batch.minimum === 'all' || !isFailure(error, 'QUOTA_EXCEEDED')) throw error
    return await deployWhatFits(launch, { shared, name, failure: error }, call)
  }
}

async function deploy(
  { place: { cloud }, hardware, batch, sshKey }: Launch,
  { shared, name }: { shared: AzureShared; name: string },
  call: Call,
): Promise<BatchResult> {
  const subscription = await cloud.subscription(call)
  const request: TemplateRequest = { hardware, batch, shared, subscription, sshKey }
  requireSize(request)
  const question = {
    action: 'Microsoft.Resources/deployments/write',
    about: describeBatch(batch, hardware),
    acceptTerms: acceptTerms(hardware.image),
    ...call,
  }
  const body = {
    tags: batchTags(batch),
    properties: {
      mode: 'Incremental' as const,
      template: template(request),
      parameters: templateParameters(request),
    },
  }
  try {
    await cloud.deployments(question, ({ deployments }) =>
      accepted(deployments.createOrUpdate(shared.group, name, body)),
    )
  } catch (error) {
    // The request whose answer was lost has been accepted.
    if (!isAzureError(error, 'DeploymentActive')) throw vanished(error, batch)
  }
  return { machines: pending({ hardware, batch, group: shared.group }) }
}

/** A quota is told before anything is made: as many as it has left can be asked for. */
async function deployWhatFits(
  launch: Launch,
  { shared, name, failure }: { shared: AzureShared; name: string; failure: ProvisionError },
  call: Call,
): Promise<BatchResult> {
  const { place, hardware, batch } = launch
  const room = await roomFor(place.cloud, hardware, call)
  if (room === 0 || room >= batch.names.length) throw failure
  const names = batch.names.slice(0, room)
  const made = await deploy({ ...launch, batch: { ...batch, names } }, { shared, name }, call)
  return { ...made, failure }
}

/** Machines of a deployment that was accepted before, of which none may be made a second time. */
async function madeBefore(
  { place, hardware, batch }: Launch,
  { shared, names }: { shared: AzureShared; names: ReadonlyMap<string, string> },
  call: Call,
): Promise<BatchResult> {
  const ids = [...names.keys()].map((name) => machineId({ group: shared.group, name }))
  const found = await findMachines(place, { ids }, call)
  const machines = found.filter(({ state }) => state !== 'gone')
  if (machines.length === batch.names.length) return { machines }
  const reason = found.find(({ state }) => state === 'gone')?.reason
  return {
    machines,
    failure: new ProvisionError(
      'MACHINE_FAILED',
      `Azure made ${machines.length} of ${describeBatch(batch, hardware)}${reason === undefined ? '' : `: ${reason}`}`,
    ),
  }
}

function pending({
  hardware,
  batch,
  group,
}: {
  hardware: Hardware
  batch: MachineBatch
  group: string
}): Machine[] {
  return planMachines(batch).map(({ name, node }) => ({
    id: machineId({ group, name }),
    name: node,
    state: 'pending',
    zone: batch.zone,
    launchIndex: undefined,
    publicAddress: undefined,
    privateAddress: undefined,
    owner: batch.owner,
    order: batch.order,
    token: batch.token,
    type: hardware.size.name,
    reason: undefined,
  }))
}

/** Values count as often as they are used, and the user data is used by each machine. */
function requireSize(request: TemplateRequest): void {
  const { names, userData } = request.batch
  const bytes =
    Buffer.byteLength(JSON.stringify(template(request))) +
    names.length * Math.ceil(userData.length / 3) * 4
  if (bytes <= longestTemplate) return
  throw new ProvisionError(
    'BOOTSTRAP_TOO_LARGE',
    `${names.length} machines with ${userData.length} bytes of user data each are more than a deployment holds`,
    { hint: 'use a smaller --count, or less --cloud-config' },
  )
}

function describeBatch({ names, zone }: MachineBatch, { size }: Hardware): string {
  const noun = names.length === 1 ? 'machine' : 'machines'
  return `${names.length} ${size.name} ${noun} in ${zone}`
}

/** What machines share may have been taken away since it was prepared, by another command. */
function vanished(error: unknown, { owner }: MachineBatch): unknown {
  const isGone =
    isAzureError(error, 'ResourceGroupNotFound', 'InvalidResourceReference', 'NotFound') ||
    isAzureError(error, 'ResourceNotFound', 'ResourceGroupBeingDeleted')
  if (!isGone) return error
  return new ProvisionError(
    'BUSY',
    `what grid ${owner.grid} shares on Azure is not there, or no longer`,
    {
      hint: 'repeat the command in a minute',
      cause: error,
    },
  )
}
