import { z } from 'zod'
import { envelope, readOnly } from '../wire/body.ts'

const deleteOption = z.enum(['Delete', 'Detach']).optional()

const image = z.strictObject({
  publisher: z.string(),
  offer: z.string(),
  sku: z.string(),
  version: z.string(),
  exactVersion: readOnly,
})

const osDisk = z.strictObject({
  name: z.string().min(1).max(80).optional(),
  createOption: z.literal('FromImage'),
  osType: z.literal('Linux').optional(),
  caching: z.enum(['None', 'ReadOnly', 'ReadWrite']).optional(),
  deleteOption,
  diskSizeGB: z.number().int().min(1).max(4095).optional(),
  managedDisk: z
    .strictObject({ id: readOnly, storageAccountType: z.string().optional() })
    .optional(),
  writeAcceleratorEnabled: z.literal(false).optional(),
})

const osProfile = z.strictObject({
  computerName: z.string().optional(),
  adminUsername: z.string(),
  adminPassword: z.string().optional(),
  customData: z.string().optional(),
  allowExtensionOperations: z.boolean().optional(),
  requireGuestProvisionSignal: readOnly,
  secrets: z.array(z.never()).optional(),
  linuxConfiguration: z
    .strictObject({
      disablePasswordAuthentication: z.boolean().optional(),
      provisionVMAgent: z.boolean().optional(),
      enableVMAgentPlatformUpdates: z.boolean().optional(),
      patchSettings: z.looseObject({}).optional(),
      ssh: z
        .strictObject({
          publicKeys: z
            .array(z.strictObject({ path: z.string(), keyData: z.string() }))
            .default([]),
        })
        .optional(),
    })
    .optional(),
})

const networkInterface = z.strictObject({
  id: z.string(),
  properties: z.strictObject({ primary: z.boolean().optional(), deleteOption }).optional(),
})

export const machineBody = z.strictObject({
  ...envelope,
  zones: z.array(z.string()).max(1).optional(),
  identity: z.looseObject({ type: z.string() }).optional(),
  plan: readOnly,
  resources: readOnly,
  placement: readOnly,
  managedBy: readOnly,
  properties: z.strictObject({
    hardwareProfile: z.strictObject({ vmSize: z.string() }),
    storageProfile: z.strictObject({
      imageReference: image,
      osDisk,
      dataDisks: z.array(z.never()).optional(),
      diskControllerType: z.enum(['SCSI', 'NVMe']).optional(),
    }),
    osProfile,
    networkProfile: z.strictObject({ networkInterfaces: z.array(networkInterface).min(1) }),
    diagnosticsProfile: z
      .strictObject({
        bootDiagnostics: z
          .strictObject({ enabled: z.boolean().optional(), storageUri: z.string().optional() })
          .optional(),
      })
      .optional(),
    securityProfile: z.looseObject({}).optional(),
    additionalCapabilities: z.looseObject({}).optional(),
    priority: z.literal('Regular').optional(),
    userData: z.string().max(87_380).optional(),
    vmId: readOnly,
    instanceView: readOnly,
    provisioningState: readOnly,
    timeCreated: readOnly,
  }),
})

export type MachineProperties = z.output<typeof machineBody>['properties']
