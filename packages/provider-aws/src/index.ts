import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of EC2 before its SDK is loaded. */
export const aws = defineProvider({
  name: 'aws',
  title: 'AWS EC2',
  accessOptions,
  regionOption: 'region',
  machineOptions,
  limits: {
    // RunInstances takes 16 KiB before base64; a grid has 254 node numbers.
    userDataBytes: 16_384,
    batch: 254,
  },
  bootstrap: {
    gzip: true,
    launchIndex: 'ds.meta_data.ami_launch_index',
    // IMDSv2, which our machines have no other of ("Use the Instance Metadata Service" in EC2's documentation).
    idRequests: {
      token: {
        url: 'http://169.254.169.254/latest/api/token',
        request: 'X-aws-ec2-metadata-token-ttl-seconds: 60',
        header: 'X-aws-ec2-metadata-token',
      },
      urls: ['http://169.254.169.254/latest/meta-data/instance-id'],
    },
    metadataServices: [],
  },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: true,
    master: false,
    firewall: { esp: 'cloud' },
    idempotentCreate: true,
  },
  load: async () => (await import('./provider.ts')).openAws,
})

export { type AwsAccess, type AwsMachineOptions, accessOptions, machineOptions } from './options.ts'
