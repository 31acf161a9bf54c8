import type { MetadataService } from './metadata-service.ts'

/** What a machine of a simulated cloud looks like to the system that really boots on it. */
export interface Guest {
  /** Arguments of qemu's `-smbios`, by which cloud-init tells one cloud from another. */
  readonly smbios: readonly string[]
  /** In the order of their slots. */
  readonly interfaces: readonly GuestInterface[]
  /** Answers at port 80 of {@link metadataAddresses}, for this machine alone. */
  readonly metadata: MetadataService
  readonly metadataAddresses: readonly string[]
  /** Addresses of the cloud's name servers; what is asked there, this computer's resolver answers. */
  readonly nameServers: readonly string[]
  /** Further DHCP options by their number. */
  readonly dhcpOptions?: ReadonlyMap<number, Buffer> | undefined
  /** The address by which others reach the machine, as it is now. */
  readonly publicAddress: () => string | undefined
  /** A disk with these files, for clouds that bring one. */
  readonly disk?: GuestDisk | undefined
}

export interface GuestInterface {
  readonly mac: string
  /** Absent on one that has no IPv4. */
  readonly address: string | undefined
  /** Bits of its network's mask. */
  readonly prefix: number
  readonly gateway: string | undefined
  /** Machines with the same word here reach each other. */
  readonly network: string
}

export interface GuestDisk {
  readonly label: string
  /** Contents by name. */
  readonly files: Readonly<Record<string, string | Buffer>>
}
