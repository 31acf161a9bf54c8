import type { NetworkSecurityGroup, VirtualNetwork } from '@azure/arm-network'
import type { Call, Owner } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { parseResourceId } from './machine-id.ts'
import { machineOfPart, sharedName } from './names.ts'
import { isOwnedBy } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/** One thing that a grid's machines shared, and that carries the grid's tags. */
export interface SharedThing {
  /** As people call it, with its name. */
  readonly about: string
  /** Ids of interfaces and subnets that hold on to it, as far as Azure tells. */
  readonly holders: readonly string[]
  readonly isGoing: boolean
  /** Azure refuses while this one is there, whose rules name it. */
  readonly after?: SharedThing | undefined
  /** Resolves once Azure has accepted it; what is not there is no error. */
  readonly remove: (call: Call) => Promise<void>
}

/** What of it is there, in the order in which Azure lets go. */
export async function findSharedThings(
  cloud: Cloud,
  { group, owner, location }: { group: string; owner: Owner; location: string },
  call: Call,
): Promise<readonly SharedThing[]> {
  const name = sharedName(owner, location)
  const ask = (type: string, noun: string) => ({
    action: `Microsoft.Network/${type}/read`,
    about: `${noun} ${name}`,
    ...call,
  })
  const [network, firewall, nodes] = await Promise.all([
    own(
      cloud.network(ask('virtualNetworks', 'virtual network'), ({ virtualNetworks }) =>
        virtualNetworks.get(group, name),
      ),
      owner,
    ),
    own(
      cloud.network(
        ask('networkSecurityGroups', 'network security group'),
        ({ networkSecurityGroups }) => networkSecurityGroups.get(group, name),
      ),
      owner,
    ),
    own(
      cloud.network(
        ask('applicationSecurityGroups', 'application security group'),
        ({ applicationSecurityGroups }) => applicationSecurityGroups.get(group, name),
      ),
      owner,
    ),
  ])
  const firewallThing = firewall && {
    about: `network security group ${name}`,
    holders: holdersOfFirewall(firewall),
    isGoing: firewall.provisioningState === 'Deleting',
    remove: remover('networkSecurityGroups', (about, call) =>
      cloud.network({ ...about, ...call }, ({ networkSecurityGroups }) =>
        accepted(networkSecurityGroups.delete(group, name)),
      ),
    ),
  }
  return [
    network && {
      about: `virtual network ${name}`,
      holders: holdersOfNetwork(network),
      isGoing: network.provisioningState === 'Deleting',
      remove: remover('virtualNetworks', (about, call) =>
        cloud.network({ ...about, ...call }, ({ virtualNetworks }) =>
          accepted(virtualNetworks.delete(group, name)),
        ),
      ),
    },
    firewallThing,
    nodes && {
      about: `application security group ${name}`,
      holders: [],
      isGoing: nodes.provisioningState === 'Deleting',
      after: firewallThing,
      remove: remover('applicationSecurityGroups', (about, call) =>
        cloud.network({ ...about, ...call }, ({ applicationSecurityGroups }) =>
          accepted(applicationSecurityGroups.delete(group, name)),
        ),
      ),
    },
  ].filter((thing) => thing !== undefined)

  function remover(
    type: string,
    send: (question: { action: string; about: string }, call: Call) => Promise<void>,
  ) {
    return async (call: Call): Promise<void> => {
      const action = `Microsoft.Network/${type}/delete`
      await unlessMissing(send({ action, about: `${type} ${name}` }, call))
    }
  }
}

/** Whether something other than a machine of ours, which is on its way out then, holds on to it. */
export function isHeldByOthers({ holders }: SharedThing): boolean {
  return holders.some((id) => {
    const { type, names = [] } = parseResourceId(id) ?? {}
    const isNic = type?.toLowerCase().startsWith('microsoft.network/networkinterfaces')
    return isNic !== true || machineOfPart(names[0] ?? '') === undefined
  })
}

/** With the grid's tags; what lacks them is somebody else's. */
async function own<Found extends { tags?: Record<string, string> }>(
  asked: Promise<Found>,
  owner: Owner,
): Promise<Found | undefined> {
  const found = await unlessMissing(asked)
  return isOwnedBy(found?.tags, owner) ? found : undefined
}

function holdersOfNetwork({ subnets = [] }: VirtualNetwork): string[] {
  return subnets.flatMap(({ ipConfigurations = [] }) =>
    ipConfigurations.flatMap(({ id }) => id ?? []),
  )
}

function holdersOfFirewall({
  networkInterfaces = [],
  subnets = [],
}: NetworkSecurityGroup): string[] {
  return [...networkInterfaces, ...subnets].flatMap(({ id }) => id ?? [])
}
