export type { AzureSettings } from './arm/azure.ts'
export type {
  AzureResourceSnapshot,
  AzureSnapshots,
  DeploymentSnapshot,
  DiskSnapshot,
  InterfaceSnapshot,
  NetworkSecurityGroupSnapshot,
  PublicAddressSnapshot,
  ResourceGroupSnapshot,
  VirtualMachineSnapshot,
  VirtualNetworkSnapshot,
} from './arm/snapshots.ts'
export type { ApiCall, CallLog } from './calls.ts'
export type {
  DigitaloceanSnapshots,
  DropletSnapshot,
  FirewallSnapshot,
  KeySnapshot,
  VpcSnapshot,
} from './digitalocean/snapshots.ts'
export type { RateLimits } from './digitalocean/wire/rate-limit.ts'
export type { SeedNetwork } from './ec2/catalog/regions.ts'
export type {
  Ec2Snapshots,
  InstanceSnapshot,
  KeyPairSnapshot,
  NetworkInterfaceSnapshot,
  SecurityGroupSnapshot,
  VolumeSnapshot,
} from './ec2/snapshots.ts'
export type { AfterCommit, Fault, Faults, FaultyCall } from './faults.ts'
export { type BootedMachine, type BootOptions, bootMachine } from './machine/boot-machine.ts'
export type { InstanceData } from './machine/user-data.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
export type {
  AddressSnapshot,
  NetworkSnapshot,
  ServerSnapshot,
  StorageSnapshot,
  UpcloudSnapshots,
} from './upcloud/snapshots.ts'
export type { ImageSource } from './vm/find-image.ts'
export { hostForMachines } from './vm/network/host-side.ts'
export { BootProblem } from './vm/problem.ts'
export { canReachMachines, publicAddresses, type SshForward } from './vm/ssh-forward.ts'
export type { VirtualMachineSettings } from './vm/virtual-machines.ts'
