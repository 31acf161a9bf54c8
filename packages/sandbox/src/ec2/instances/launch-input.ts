import { z } from 'zod'
import { boolean, dryRun, integer, list, tagSpecifications, text } from '../wire/fields.ts'

const blockDevice = z.strictObject({
  DeviceName: text,
  VirtualName: text.optional(),
  NoDevice: text.optional(),
  Ebs: z
    .strictObject({
      DeleteOnTermination: boolean.default(true),
      Encrypted: boolean.default(false),
      Iops: integer.optional(),
      KmsKeyId: text.optional(),
      SnapshotId: text.optional(),
      Throughput: integer.optional(),
      VolumeSize: integer.optional(),
      VolumeType: text.optional(),
    })
    .optional(),
})
export type BlockDeviceInput = z.output<typeof blockDevice>

const networkInterface = z.strictObject({
  AssociatePublicIpAddress: boolean.optional(),
  DeleteOnTermination: boolean.default(true),
  Description: text.default(''),
  DeviceIndex: integer,
  InterfaceType: text.optional(),
  NetworkCardIndex: integer.optional(),
  PrivateIpAddress: text.optional(),
  SecurityGroupId: list(text),
  SubnetId: text.optional(),
})
export type NetworkInterfaceInput = z.output<typeof networkInterface>

/** Parameters of RunInstances, as far as a machine here can have what they ask for. */
export const launchInput = z.strictObject({
  ...dryRun,
  MinCount: integer,
  MaxCount: integer,
  ImageId: text,
  InstanceType: text.default('m1.small'),
  BlockDeviceMapping: list(blockDevice),
  ClientToken: text.optional(),
  CreditSpecification: z.strictObject({ CpuCredits: text }).optional(),
  DisableApiTermination: boolean.default(false),
  EbsOptimized: boolean.optional(),
  IamInstanceProfile: z.strictObject({ Arn: text.optional(), Name: text.optional() }).optional(),
  InstanceInitiatedShutdownBehavior: z.enum(['stop', 'terminate']).optional(),
  KeyName: text.optional(),
  MetadataOptions: z
    .strictObject({
      HttpEndpoint: z.enum(['enabled', 'disabled']).default('enabled'),
      HttpProtocolIpv6: z.enum(['enabled', 'disabled']).default('disabled'),
      HttpPutResponseHopLimit: integer.pipe(z.number().min(1).max(64)).default(1),
      HttpTokens: z.enum(['optional', 'required']).default('optional'),
      InstanceMetadataTags: z.enum(['enabled', 'disabled']).default('disabled'),
    })
    .prefault({}),
  Monitoring: z.strictObject({ Enabled: boolean }).optional(),
  NetworkInterface: list(networkInterface),
  Placement: z
    .strictObject({
      AvailabilityZone: text.optional(),
      AvailabilityZoneId: text.optional(),
      Tenancy: z.literal('default').optional(),
    })
    .prefault({}),
  SecurityGroup: list(text),
  SecurityGroupId: list(text),
  SubnetId: text.optional(),
  TagSpecification: tagSpecifications,
  UserData: text.optional(),
})
export type LaunchInput = z.output<typeof launchInput>
