import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  type Filter,
  GetConsoleOutputCommand,
  paginateDescribeInstances,
  RebootInstancesCommand,
  type Tag,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { type Call, type Machine, type MachineQuery, tryEach } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'
import { readMachine } from './machines.ts'
import { ownershipFilters, tagKeys } from './tags.ts'
import { unknownYet } from './unknown-yet.ts'

/** Ids in one call: above what an order makes, so that a poll is one call; EC2 takes 1000. */
const idsPerCall = 500
/** Values that EC2 takes in one filter. */
const valuesPerFilter = 200
const concurrentTagging = 8
/** Characters of the console that are worth showing. */
const consoleTail = 16_384

export async function findMachines(
  cloud: Cloud,
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  if (!('ids' in query)) {
    return await machinesByFilter(cloud, ownershipFilters(query.owner, query.order), {
      ...call,
      about: `the machines of grid ${query.owner.grid}`,
    })
  }
  return await eachChunk(query.ids, idsPerCall, (ids) => machinesById(cloud, ids, call))
}

/** What a RunInstances call with this client token has made; EC2 may show it late. */
export async function machinesByToken(
  cloud: Cloud,
  token: string,
  question: Call & { about: string },
): Promise<readonly Machine[]> {
  return await machinesByFilter(cloud, [{ Name: 'client-token', Values: [token] }], question)
}

export async function terminateMachines(
  cloud: Cloud,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await eachChunk(ids, idsPerCall, async (chunk) => {
    try {
      await terminate(cloud, chunk, call)
    } catch (error) {
      if (!isAwsError(error, 'InvalidInstanceID.NotFound')) throw error
      // One unknown id spares all the others of the call.
      const known = await machinesByIdFilter(cloud, chunk, call)
      const left = known.filter(({ state }) => state !== 'gone').map(({ id }) => id)
      if (left.length > 0) await terminate(cloud, left, call)
    }
    return []
  })
}

export async function restartMachines(
  cloud: Cloud,
  ids: readonly string[],
  call: Call,
): Promise<void> {
  await eachChunk(ids, idsPerCall, async (chunk) => {
    const question = { action: 'ec2:RebootInstances', about: describeIds(chunk), ...call }
    await cloud.ec2(question, (ec2, options) =>
      ec2.send(new RebootInstancesCommand({ InstanceIds: chunk }), options),
    )
    return []
  })
}

/** All are tried before a failure rejects. */
export async function nameMachines(
  cloud: Cloud,
  {
    machines,
    namedByUser,
  }: { machines: readonly { id: string; name: string }[]; namedByUser: ReadonlySet<string> },
  call: Call,
): Promise<void> {
  await tryEach(machines, { ...call, atOnce: concurrentTagging }, async ({ id, name }) => {
    const keys = namedByUser.has(id) ? [tagKeys.node] : [tagKeys.name, tagKeys.node]
    await tagMachine(cloud, { id, tags: keys.map((Key) => ({ Key, Value: name })) }, call)
  })
}

export async function readConsole(
  cloud: Cloud,
  id: string,
  call: Call,
): Promise<string | undefined> {
  const read = async (latest: boolean): Promise<string | undefined> => {
    const question = { action: 'ec2:GetConsoleOutput', about: `the console of ${id}`, ...call }
    const input = latest ? { InstanceId: id, Latest: true } : { InstanceId: id }
    const answer = await cloud.ec2(question, (ec2, options) =>
      ec2.send(new GetConsoleOutputCommand(input), options),
    )
    return answer.Output
  }
  // Only Nitro types have the latest output; the others keep what was there after a state change.
  const encoded = await read(true).catch((error: unknown) => {
    if (!isAwsError(error, 'UnsupportedOperation', 'InvalidParameterCombination')) throw error
    return read(false)
  })
  if (encoded === undefined || encoded === '') return undefined
  return Buffer.from(encoded, 'base64').toString('utf8').slice(-consoleTail)
}

async function terminate(cloud: Cloud, ids: string[], call: Call): Promise<void> {
  const question = { action: 'ec2:TerminateInstances', about: describeIds(ids), ...call }
  await cloud.ec2(question, (ec2, options) =>
    ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }), options),
  )
}

async function tagMachine(
  cloud: Cloud,
  { id, tags }: { id: string; tags: Tag[] },
  call: Call,
): Promise<void> {
  const about = `machine ${id}`
  const question = { action: 'ec2:CreateTags', about, ...call }
  try {
    await cloud.ec2(question, (ec2, options) =>
      ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tags }), options),
    )
  } catch (error) {
    // EC2 takes tags for a new machine later than it shows it.
    throw isAwsError(error, 'InvalidInstanceID.NotFound') ? unknownYet(error, about) : error
  }
}

async function machinesById(cloud: Cloud, ids: string[], call: Call): Promise<readonly Machine[]> {
  const question = { action: 'ec2:DescribeInstances', about: describeIds(ids), ...call }
  try {
    const answer = await cloud.ec2(question, (ec2, options) =>
      ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }), options),
    )
    return (answer.Reservations ?? []).flatMap(({ Instances: found = [] }) =>
      found.flatMap(readMachine),
    )
  } catch (error) {
    if (!isAwsError(error, 'InvalidInstanceID.NotFound')) throw error
    return await machinesByIdFilter(cloud, ids, call)
  }
}

/** One unknown id makes EC2 refuse the whole list of ids; a filter passes over it. */
async function machinesByIdFilter(
  cloud: Cloud,
  ids: readonly string[],
  call: Call,
): Promise<readonly Machine[]> {
  return await eachChunk(ids, valuesPerFilter, (values) =>
    machinesByFilter(cloud, [{ Name: 'instance-id', Values: values }], {
      ...call,
      about: describeIds(values),
    }),
  )
}

async function machinesByFilter(
  cloud: Cloud,
  filters: Filter[],
  { about, ...call }: Call & { about: string },
): Promise<readonly Machine[]> {
  const question = { action: 'ec2:DescribeInstances', about, ...call }
  return await cloud.ec2(question, async (client, options) => {
    const machines: Machine[] = []
    const input = { Filters: filters }
    const pages = paginateDescribeInstances({ client, pageSize: 1_000 }, input, options)
    for await (const page of pages) {
      for (const { Instances: found = [] } of page.Reservations ?? []) {
        machines.push(...found.flatMap(readMachine))
      }
    }
    return machines
  })
}

/** A message for a hundred machines is still one line. */
function describeIds(ids: readonly string[]): string {
  const shown = ids.slice(0, 3).join(', ')
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : ''
  return `${ids.length === 1 ? 'machine' : 'machines'} ${shown}${more}`
}

/** One chunk after the other, so that a large order stays within EC2's request rates. */
async function eachChunk<Item, Result>(
  items: readonly Item[],
  size: number,
  handle: (chunk: Item[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await handle(items.slice(start, start + size))))
  }
  return results
}
