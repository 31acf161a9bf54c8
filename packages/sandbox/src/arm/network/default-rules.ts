import type { Json } from '../resources.ts'

type Fact = readonly [
  name: string,
  description: string,
  source: string,
  destination: string,
  access: 'Allow' | 'Deny',
  priority: number,
]

const inbound: readonly Fact[] = [
  [
    'AllowVnetInBound',
    'Allow inbound traffic from all VMs in VNET',
    'VirtualNetwork',
    'VirtualNetwork',
    'Allow',
    65_000,
  ],
  [
    'AllowAzureLoadBalancerInBound',
    'Allow inbound traffic from azure load balancer',
    'AzureLoadBalancer',
    '*',
    'Allow',
    65_001,
  ],
  ['DenyAllInBound', 'Deny all inbound traffic', '*', '*', 'Deny', 65_500],
]

const outbound: readonly Fact[] = [
  [
    'AllowVnetOutBound',
    'Allow outbound traffic from all VMs to all VMs in VNET',
    'VirtualNetwork',
    'VirtualNetwork',
    'Allow',
    65_000,
  ],
  [
    'AllowInternetOutBound',
    'Allow outbound traffic from all VMs to Internet',
    '*',
    'Internet',
    'Allow',
    65_001,
  ],
  ['DenyAllOutBound', 'Deny all outbound traffic', '*', '*', 'Deny', 65_500],
]

/** What holds in every network security group after its own rules. */
export function defaultRules(groupId: string, etag: string): readonly Json[] {
  const view =
    (direction: 'Inbound' | 'Outbound') =>
    ([name, description, source, destination, access, priority]: Fact): Json => ({
      name,
      id: `${groupId}/defaultSecurityRules/${name}`,
      etag,
      type: 'Microsoft.Network/networkSecurityGroups/defaultSecurityRules',
      properties: {
        provisioningState: 'Succeeded',
        description,
        protocol: '*',
        sourcePortRange: '*',
        destinationPortRange: '*',
        sourceAddressPrefix: source,
        destinationAddressPrefix: destination,
        access,
        priority,
        direction,
        sourcePortRanges: [],
        destinationPortRanges: [],
        sourceAddressPrefixes: [],
        destinationAddressPrefixes: [],
      },
    })
  return [...inbound.map(view('Inbound')), ...outbound.map(view('Outbound'))]
}
