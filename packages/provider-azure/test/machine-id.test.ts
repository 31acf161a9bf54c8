import { expect, test } from 'vitest'
import { groupOf, machineId, nameOf, parseMachineId, parseResourceId } from '../src/machine-id.ts'

test('a machine is known by group and name, whatever their case', () => {
  const id = machineId({ group: 'RG-One', name: 'Web-1' })
  expect(id).toBe('rg-one/web-1')
  expect(parseMachineId('RG-One/Web-1')).toEqual({ group: 'rg-one', name: 'web-1' })
})

test.each(['(a)_b.c/web-1', 'größe/web-1', `${'g'.repeat(90)}/web_1.a`])('%j is an id', (id) => {
  expect(parseMachineId(id)).toEqual({ group: id.split('/')[0], name: id.split('/')[1] })
})

test.each([
  ...['', 'web-1', '/web-1', 'rg/', 'rg/web/1', 'i-0123456789'],
  // A path that a request would follow to other things than this machine.
  ...[
    '../web-1',
    'rg/..',
    './web-1',
    'rg/.',
    'rg/web?api-version=1',
    'rg/web#',
    'rg/%2e%2e',
    'rg/a b',
  ],
])('%j is no id', (id) => {
  expect(parseMachineId(id)).toBeUndefined()
})

const subnet =
  '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/a'

test('a resource id is taken apart, in any case', () => {
  expect(parseResourceId(subnet.replace('resourceGroups', 'resourcegroups'))).toEqual({
    subscription: 's',
    group: 'rg',
    type: 'Microsoft.Network/virtualNetworks/subnets',
    names: ['net', 'a'],
  })
  expect(groupOf(subnet)).toBe('rg')
  expect(nameOf(subnet.toUpperCase())).toBe('a')
})

test.each(['net', '/subscriptions/s/resourceGroups/rg', `${subnet}/`, `${subnet}/more`])(
  '%s is no resource id',
  (id) => {
    expect(parseResourceId(id)).toBeUndefined()
  },
)
