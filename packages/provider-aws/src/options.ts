import { z } from 'zod'

/** Options of every command. Without keys the SDK's own chain finds credentials. */
export const accessOptions = z.object({
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'must be a region, as in eu-west-1')
    .optional()
    .meta({ description: 'Region', env: 'AWS_REGION', placeholder: 'region', ask: true }),
  profile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Profile in the AWS configuration files', placeholder: 'name' }),
  accessKey: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Access key id, instead of a profile', placeholder: 'id' }),
  secretKey: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Secret access key', placeholder: 'secret', secret: true }),
})

/** Further options of `node create`. */
export const machineOptions = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type, as in t3.small')
    .default('t3.small')
    .meta({ description: 'Instance type', placeholder: 'type', ask: true }),
  storage: z
    .number()
    .int()
    .min(8)
    .max(16_384)
    .default(30)
    .meta({ description: 'Size of the root disk in GiB', placeholder: 'gib' }),
  image: z
    .enum(['ubuntu-24.04', 'ubuntu-22.04', 'debian-12', 'debian-13', 'flatcar'])
    .default('ubuntu-24.04')
    .meta({ description: 'Operating system; its newest image is used', ask: true }),
  ami: z
    .string()
    .regex(/^ami-[0-9a-z]+$/, 'must be an image id, as in ami-0123456789abcdef0')
    .optional()
    .meta({ description: 'Image id, instead of --image', placeholder: 'id' }),
  zone: z
    .string()
    .regex(/^[a-z]([a-z0-9-]*[a-z])?$/, 'must be a zone, as in eu-west-1a, or its letter')
    .optional()
    .meta({ description: 'Zone or its letter; all zones by default', placeholder: 'zone' }),
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]+$/, 'must be a VPC id, as in vpc-0123456789abcdef0')
    .optional()
    .meta({ description: 'VPC; the default one where absent', placeholder: 'id', ask: true }),
  subnetId: z
    .string()
    .regex(/^subnet-[0-9a-f]+$/, 'must be a subnet id, as in subnet-0123456789abcdef0')
    .optional()
    .meta({ description: 'Subnet; it fixes the zone', placeholder: 'id' }),
  securityGroups: z
    .string()
    .regex(/[^,\s]/, 'must name at least one security group')
    .optional()
    .meta({
      description: 'Security groups to use as they are (names or ids, comma separated)',
      placeholder: 'groups',
    }),
  keyPair: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'EC2 key pair for the default user', placeholder: 'name' }),
  sshPublicKey: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Public key file to import as a key pair', placeholder: 'file' }),
  associatePublicIpAddress: z
    .boolean()
    .default(true)
    .meta({ description: 'Give machines a public IPv4 address' }),
  metadataHopLimit: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ description: 'Network hops to the metadata service; 2 lets containers reach it' }),
})

export type AwsAccess = z.infer<typeof accessOptions>
export type AwsMachineOptions = z.infer<typeof machineOptions>
