import type { Region } from '../region.ts'
import type { Instance, NetworkInterface } from '../resources.ts'

/** Ends an instance: what goes with it goes, what does not stays and is free. It stays listed. */
export function releaseInstance(instance: Instance, region: Region): void {
  instance.state = 'terminated'
  instance.consoleSnapshot = instance.machine.console()
  for (const volume of instance.volumes) {
    volume.instanceId = undefined
    if (!volume.goesWithInstance) continue
    region.volumes.delete(volume.id)
    region.tags.delete(volume.id)
  }
  const { network } = instance
  if (network !== undefined) {
    releaseInterface(network, region)
    instance.network = undefined
  }
  void instance.machine.destroy()
}

function releaseInterface(network: NetworkInterface, region: Region): void {
  network.instanceId = undefined
  network.publicAddress = undefined
  if (!network.goesWithInstance) return
  network.subnet.taken.delete(network.privateAddress)
  region.interfaces.delete(network.id)
  region.tags.delete(network.id)
}

/** A public address that is not an Elastic IP is lost when an instance stops. */
export function giveBackNetwork(instance: Instance): void {
  if (instance.network !== undefined) instance.network.publicAddress = undefined
}
