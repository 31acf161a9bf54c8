import {
  type BatchResult,
  type Call,
  isFailure,
  type Machine,
  type MachineBatch,
  ProvisionError,
} from '@kontena/core'
import { z } from 'zod'
import { findAccount } from './account.ts'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { countDroplets } from './droplets.ts'
import { hasSaid, hasStatus } from './errors.ts'
import { images } from './images.ts'
import { droplet, readMachine } from './machines.ts'
import type { DigitalOceanMachineOptions } from './options.ts'
import { readShared } from './shared.ts'
import { launchTags } from './tags.ts'

/** Byte by byte: what is no text would be changed on its way. */
const asText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface Launch {
  readonly options: DigitalOceanMachineOptions
  readonly batch: MachineBatch
}

/**
 * Makes a batch by one call, which makes all or none. Where as many as fit are wanted, it is made again for
 * fewer until it is taken.
 */
export async function launchMachines(
  cloud: Cloud,
  launch: Launch,
  call: Call,
): Promise<BatchResult> {
  const { batch } = launch
  let count = batch.names.length
  let refused: ProvisionError | undefined
  for (;;) {
    try {
      const machines = await launchSome(cloud, launch, batch.names.slice(0, count), call)
      return machines.length < batch.names.length
        ? { machines, failure: refused ?? lackOfRoom(machines.length, batch) }
        : { machines }
    } catch (error) {
      if (batch.minimum === 'all' || !isFailure(error, 'NO_CAPACITY', 'QUOTA_EXCEEDED')) throw error
      refused = error
      count = Math.min(count - 1, await roomFor(cloud, error, call))
      if (count < 1) throw error
    }
  }
}

async function launchSome(
  cloud: Cloud,
  { options, batch }: Launch,
  names: readonly string[],
  call: Call,
): Promise<readonly Machine[]> {
  const shared = readShared(batch.shared)
  const question = {
    scope: 'droplet:create',
    about: describe(names.length, options, batch),
    ...call,
  }
  const input = {
    names: [...names],
    region: batch.zone,
    size: options.size,
    image: images[options.image].slug,
    ssh_keys: shared.sshKeys,
    vpc_uuid: shared.vpc,
    tags: launchTags(batch),
    user_data: asText.decode(batch.userData),
    backups: options.backups,
    ipv6: options.ipv6,
    monitoring: options.monitoring,
    with_droplet_agent: options.dropletAgent,
  }
  try {
    const answer = z.object({ droplets: z.array(droplet) })
    const { droplets } = await cloud.ask(question, answer, (context) =>
      dots.createDroplets(context)(input),
    )
    return droplets.map((made) => readMachine(made, { isDismissed: false }))
  } catch (error) {
    throw vanished(error, batch)
  }
}

/** How many more droplets the account may have; without end where room is what lacks. */
async function roomFor(cloud: Cloud, error: ProvisionError, call: Call): Promise<number> {
  if (!isFailure(error, 'QUOTA_EXCEEDED')) return Number.POSITIVE_INFINITY
  const [{ dropletLimit = Number.POSITIVE_INFINITY }, there] = await Promise.all([
    findAccount(cloud, call),
    countDroplets(cloud, call),
  ])
  return dropletLimit - there
}

/** What machines share may have been taken away since it was prepared, by another command. */
function vanished(error: unknown, { owner }: MachineBatch): unknown {
  const isKey = hasSaid(error, /key identifiers|ssh[_ ]key/i)
  const isVpc = hasSaid(error, /\bvpc/i) && (hasStatus(error, 404) || hasStatus(error, 422))
  if (!isKey && !isVpc) return error
  const what = isKey ? 'SSH key' : 'VPC'
  return new ProvisionError(
    'BUSY',
    `DigitalOcean does not know the ${what} of grid ${owner.grid}`,
    {
      hint: 'repeat the command in a minute',
      cause: error,
    },
  )
}

function describe(
  count: number,
  { size }: DigitalOceanMachineOptions,
  { zone }: MachineBatch,
): string {
  return `${count} ${size} ${count === 1 ? 'machine' : 'machines'} in ${zone}`
}

function lackOfRoom(made: number, { names, zone }: MachineBatch): ProvisionError {
  return new ProvisionError(
    'NO_CAPACITY',
    `DigitalOcean made ${made} of ${names.length} machines in ${zone}`,
    { hint: 'use another --size or --region for the rest, or repeat later' },
  )
}
