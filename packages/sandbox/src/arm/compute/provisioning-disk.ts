import { XMLBuilder } from 'fast-xml-parser'
import type { GuestDisk } from '../../vm/guest.ts'
import type { MachineProperties } from './machine-body.ts'

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true })

/** The CD that Azure puts into a machine's drive, with what the system needs to set itself up. */
export function provisioningDisk({ osProfile }: MachineProperties, name: string): GuestDisk {
  const { adminUsername, adminPassword, customData, linuxConfiguration, computerName } = osProfile
  const disablesPasswords = linuxConfiguration?.disablePasswordAuthentication === true
  const keys = linuxConfiguration?.ssh?.publicKeys ?? []
  const environment = {
    '@xmlns': 'http://schemas.dmtf.org/ovf/environment/1',
    '@xmlns:wa': 'http://schemas.microsoft.com/windowsazure',
    'wa:ProvisioningSection': {
      'wa:Version': '1.0',
      'wa:LinuxProvisioningConfigurationSet': {
        'wa:ConfigurationSetType': 'LinuxProvisioningConfiguration',
        'wa:HostName': computerName ?? name,
        'wa:UserName': adminUsername,
        ...(adminPassword === undefined ? {} : { 'wa:UserPassword': adminPassword }),
        'wa:DisableSshPasswordAuthentication': String(disablesPasswords),
        ...(keys.length === 0 ? {} : { 'wa:SSH': { 'wa:PublicKeys': publicKeys(keys) } }),
        ...(customData === undefined ? {} : { 'wa:CustomData': customData }),
      },
    },
    'wa:PlatformSettingsSection': {
      'wa:Version': '1.0',
      'wa:PlatformSettings': {
        'wa:ProvisionGuestAgent': 'false',
        'wa:PreprovisionedVm': 'false',
      },
    },
  }
  const text = `<?xml version="1.0" encoding="utf-8"?>\n${builder.build({ Environment: environment })}`
  return { label: 'rd_rdfe_stable', files: { 'ovf-env.xml': text } }
}

function publicKeys(keys: readonly { readonly path: string; readonly keyData: string }[]) {
  return {
    'wa:PublicKey': keys.map(({ path, keyData }) => ({ 'wa:Path': path, 'wa:Value': keyData })),
  }
}
