import { defineProvider } from '@kontena/core'
import { accessOptions, machineOptions } from './options.ts'

/** All that is known of Azure before its SDK is loaded. */
export const azure = defineProvider({
  name: 'azure',
  title: 'Microsoft Azure',
  accessOptions,
  regionOption: 'location',
  machineOptions,
  limits: {
    // `osProfile.customData` before base64. A deployment takes 800 resources, of which a machine is three.
    userDataBytes: 65_535,
    batch: 200,
  },
  bootstrap: {
    // cloud-init decompresses user data of every datasource before it looks at its type.
    gzip: true,
    machineName: 'v1.local_hostname',
    machineId:
      '(ds.meta_data.imds.compute.resourceGroupName ~ "/" ~ ds.meta_data.imds.compute.name) | lower',
    // "Azure Instance Metadata Service": a category's leaf, as text.
    idRequests: {
      header: 'Metadata: true',
      urls: ['resourceGroupName', 'name'].map(
        (leaf) =>
          `http://169.254.169.254/metadata/instance/compute/${leaf}?api-version=2021-02-01&format=text`,
      ),
      lowerCase: true,
    },
    // Beside metadata: the host's agent channel, which hands out certificates and extension settings.
    metadataServices: [
      { address: '169.254.169.254' },
      { address: '168.63.129.16', ports: [80, 32_526] },
    ],
  },
  abilities: {
    restart: true,
    stop: false,
    consoleLog: true,
    master: false,
    firewall: { esp: 'cloud' },
    idempotentCreate: true,
  },
  load: async () => (await import('./provider.ts')).openAzure,
})

export {
  type AzureAccess,
  type AzureMachineOptions,
  accessOptions,
  machineOptions,
} from './options.ts'
