import { formatResourceId, isSameId, nameOf, parentOf, parseResourceId } from '../resource-id.ts'
import type { IpConfiguration, NetworkInterface } from '../resources.ts'
import type { World } from '../world.ts'

/** Gives back all addresses that an interface has. */
export function releaseAddresses(one: NetworkInterface, world: World): void {
  for (const configuration of one.configurations) releaseConfiguration(configuration, world)
}

export function releaseConfiguration(configuration: IpConfiguration, { account }: World): void {
  const id = parseResourceId(configuration.subnetId)
  if (id !== undefined) {
    const network = account.networks.get(formatResourceId(parentOf(id)))
    network?.subnets.get(nameOf(id).toLowerCase())?.taken.delete(configuration.privateAddress)
  }
  const address = account.addresses.get(configuration.publicAddressId ?? '')
  if (address?.holderId !== undefined && isSameId(address.holderId, configuration.id)) {
    address.holderId = undefined
  }
}
