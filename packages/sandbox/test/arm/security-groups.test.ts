import type { SecurityRule } from '@azure/arm-network'
import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, refusalCode } from './open.ts'
import { idOf, location, makeInterface, makeNetwork, quick, rule } from './things.ts'

async function withGroup(securityRules: SecurityRule[] = [], bootTime = 20) {
  const opened = await openSandbox({ bootTime })
  const { networkSecurityGroups: groups } = opened.network
  const put = (rules: SecurityRule[]) =>
    groups.createOrUpdate('grid', 'nsg', { location, securityRules: rules }, quick)
  await put(securityRules)
  const names = () => opened.sandbox.azure.securityGroups()[0]?.rules.map(({ name }) => name)
  return { ...opened, put, names, rules: opened.network.securityRules }
}

describe('a network security group', () => {
  test('has its own rules and those that every one has', async () => {
    const { network } = await withGroup([rule('ssh')])
    const found = await network.networkSecurityGroups.get('grid', 'nsg')
    expect(found.securityRules).toMatchObject([
      { name: 'ssh', protocol: 'Tcp', destinationPortRange: '22', provisioningState: 'Succeeded' },
    ])
    expect(found.defaultSecurityRules?.map(({ name, priority }) => `${name} ${priority}`)).toEqual([
      'AllowVnetInBound 65000',
      'AllowAzureLoadBalancerInBound 65001',
      'DenyAllInBound 65500',
      'AllowVnetOutBound 65000',
      'AllowInternetOutBound 65001',
      'DenyAllOutBound 65500',
    ])
    expect(await collect(network.networkSecurityGroups.list('grid'))).toHaveLength(1)
    expect(await collect(network.networkSecurityGroups.listAll())).toHaveLength(1)
  })
  test('loses the rules that a PUT does not name', async () => {
    const { put, names } = await withGroup([rule('ssh'), rule('vpn', { priority: 101 })])
    await put([rule('vpn')])
    expect(names()).toEqual(['vpn'])
  })
  test('stays while a subnet or an interface has it', async () => {
    const opened = await withGroup()
    const { network, sandbox } = opened
    const id = idOf(opened, 'Microsoft.Network/networkSecurityGroups/nsg')
    const remove = () => network.networkSecurityGroups.delete('grid', 'nsg', quick)
    await makeNetwork(opened)
    await makeInterface(opened, 'nic', { networkSecurityGroup: { id } })
    const found = await network.networkSecurityGroups.get('grid', 'nsg')
    expect(found.networkInterfaces?.map((one) => one.id)).toEqual([
      idOf(opened, 'Microsoft.Network/networkInterfaces/nic'),
    ])
    expect(await refusalCode(remove().submitted())).toBe('InUseNetworkSecurityGroupCannotBeDeleted')
    await network.networkInterfaces.delete('grid', 'nic', quick)
    const subnet = { addressPrefix: '10.0.0.0/24', networkSecurityGroup: { id } }
    await network.subnets.createOrUpdate('grid', 'net', 'nodes', subnet, quick)
    expect(await refusalCode(remove().submitted())).toBe('InUseNetworkSecurityGroupCannotBeDeleted')
    await network.virtualNetworks.delete('grid', 'net', quick)
    await remove()
    expect(sandbox.azure.securityGroups()).toEqual([])
  })
})

describe('rules', () => {
  test('are added, changed and removed without the others', async () => {
    const { rules, names, sandbox } = await withGroup([rule('ssh')])
    const vpn = rule('vpn', { protocol: 'Udp', destinationPortRange: '1194', priority: 200 })
    await rules.createOrUpdate('grid', 'nsg', 'vpn', vpn, quick)
    expect(names()).toEqual(['ssh', 'vpn'])
    await rules.createOrUpdate('grid', 'nsg', 'vpn', { ...vpn, priority: 201 }, quick)
    expect(await rules.get('grid', 'nsg', 'VPN')).toMatchObject({ name: 'vpn', priority: 201 })
    expect(await collect(rules.list('grid', 'nsg'))).toHaveLength(2)
    await rules.delete('grid', 'nsg', 'ssh', quick)
    expect(sandbox.azure.securityGroups()[0]?.rules).toMatchObject([
      { name: 'vpn', protocol: 'Udp', destinationPortRange: '1194', priority: 201 },
    ])
    expect(await refusal(rules.get('grid', 'nsg', 'ssh'))).toMatchObject({ statusCode: 404 })
    expect(await refusalCode(rules.createOrUpdate('grid', 'other', 'a', vpn).submitted())).toBe(
      'ParentResourceNotFound',
    )
  })
  test('of ESP have no ports, and speak of groups of machines', async () => {
    const opened = await withGroup()
    await opened.network.applicationSecurityGroups.createOrUpdate(
      'grid',
      'asg',
      { location },
      quick,
    )
    const asg = [{ id: idOf(opened, 'Microsoft.Network/applicationSecurityGroups/asg') }]
    const { sourceAddressPrefix: _from, destinationAddressPrefix: _to, ...rest } = rule('esp')
    const esp = {
      ...rest,
      protocol: 'Esp',
      destinationPortRange: '*',
      sourceApplicationSecurityGroups: asg,
      destinationApplicationSecurityGroups: asg,
    }
    const made = await opened.rules.createOrUpdate('grid', 'nsg', 'esp', esp, quick)
    expect(made).toMatchObject({ protocol: 'Esp', sourceApplicationSecurityGroups: asg })
    const removal = opened.network.applicationSecurityGroups.delete('grid', 'asg')
    expect(await refusalCode(removal.submitted())).toBe(
      'InUseApplicationSecurityGroupCannotBeDeleted',
    )
    await opened.rules.delete('grid', 'nsg', 'esp', quick)
    await opened.network.applicationSecurityGroups.delete('grid', 'asg', quick)
    const orphan = opened.rules.createOrUpdate('grid', 'nsg', 'esp', esp)
    expect(await refusalCode(orphan.submitted())).toBe('InvalidResourceReference')
  })
  test.each<[string, Partial<SecurityRule>, string]>([
    ['a priority of 99', { priority: 99 }, 'SecurityRuleInvalidPriority'],
    ['a priority of 4097', { priority: 4097 }, 'SecurityRuleInvalidPriority'],
    ['an unknown protocol', { protocol: 'Gre' }, 'SecurityRuleInvalidProtocol'],
    ['ports in reverse', { destinationPortRange: '20-10' }, 'SecurityRuleInvalidPortRange'],
    ['a port too many', { destinationPortRange: '65536' }, 'SecurityRuleInvalidPortRange'],
    ['ports of ESP', { protocol: 'Esp' }, 'SecurityRuleInvalidPortRange'],
    [
      'two kinds of source',
      { sourceAddressPrefixes: ['10.0.0.0/8'] },
      'SecurityRuleParameterNotSpecified',
    ],
  ])('with %s are refused', async (_, others, code) => {
    const { rules, names } = await withGroup()
    const put = rules.createOrUpdate('grid', 'nsg', 'bad', rule('bad', others))
    expect(await refusalCode(put.submitted())).toBe(code)
    expect(names()).toEqual([])
  })
  test('of one direction never share a priority', async () => {
    const { rules, put, names } = await withGroup([rule('ssh')])
    const second = rules.createOrUpdate('grid', 'nsg', 'vpn', rule('vpn'))
    expect(await refusalCode(second.submitted())).toBe('SecurityRuleConflict')
    expect(await refusalCode(put([rule('a'), rule('b')]).submitted())).toBe('SecurityRuleConflict')
    const outbound = rule('out', { direction: 'Outbound' })
    await rules.createOrUpdate('grid', 'nsg', 'out', outbound, quick)
    expect(names()).toEqual(['ssh', 'out'])
  })
  test('are changed one at a time', async () => {
    const { rules } = await withGroup([], 3900)
    await rules.createOrUpdate('grid', 'nsg', 'ssh', rule('ssh')).submitted()
    const second = rules.createOrUpdate('grid', 'nsg', 'vpn', rule('vpn', { priority: 101 }))
    expect(await refusalCode(second.submitted())).toBe('AnotherOperationInProgress')
  })
})
