import { z } from 'zod'
import { envelope, readOnly, reference } from '../wire/body.ts'

const ipConfiguration = z.strictObject({
  id: readOnly,
  type: readOnly,
  etag: readOnly,
  name: z.string().min(1).max(80),
  properties: z.strictObject({
    subnet: reference,
    primary: z.boolean().optional(),
    privateIPAddress: z.string().optional(),
    privateIPAllocationMethod: z.enum(['Dynamic', 'Static']).default('Dynamic'),
    privateIPAddressVersion: z.literal('IPv4').optional(),
    publicIPAddress: reference
      .extend({
        properties: z
          .looseObject({ deleteOption: z.enum(['Delete', 'Detach']).optional() })
          .optional(),
      })
      .optional(),
    applicationSecurityGroups: z.array(reference).optional(),
    privateLinkConnectionProperties: readOnly,
    provisioningState: readOnly,
  }),
})

export const interfaceBody = z.strictObject({
  ...envelope,
  properties: z.strictObject({
    ipConfigurations: z.array(ipConfiguration).min(1),
    networkSecurityGroup: reference.optional(),
    enableAcceleratedNetworking: z.boolean().optional(),
    enableIPForwarding: z.boolean().optional(),
    disableTcpStateTracking: z.boolean().optional(),
    dnsSettings: z.looseObject({}).optional(),
    nicType: z.string().optional(),
    auxiliaryMode: z.string().optional(),
    auxiliarySku: z.string().optional(),
    allowPort25Out: readOnly,
    hostedWorkloads: readOnly,
    macAddress: readOnly,
    primary: readOnly,
    virtualMachine: readOnly,
    tapConfigurations: readOnly,
    defaultOutboundConnectivityEnabled: readOnly,
    vnetEncryptionSupported: readOnly,
    provisioningState: readOnly,
    resourceGuid: readOnly,
  }),
})
export type InterfaceProperties = z.output<typeof interfaceBody>['properties']
