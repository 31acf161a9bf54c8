import { expect, test } from 'vitest'
import type { Deployment } from '../src/deployments.ts'
import type { MachineParts } from '../src/machine-parts.ts'
import { needsStatus, readMachine, type Seen } from '../src/machines.ts'

const tags = {
  'kontena:master': 'm-1',
  'kontena:grid': 'demo',
  'kontena:order': '01JD',
  'kontena:token': '01JD-0',
  'kontena:node': 'web-1',
}
const vm = { location: 'westeurope', zones: ['2'], tags, name: 'web-1-0123456789' }
const nic = { location: 'westeurope', tags }

function deployment(changes: Partial<Deployment> = {}): Deployment {
  return {
    name: 'kontena-01JD-0',
    owner: { master: 'm-1', grid: 'demo' },
    order: '01JD',
    token: '01JD-0',
    zone: 'westeurope-2',
    location: 'westeurope',
    size: 'Standard_B2s',
    machines: new Map([['web-1-0123456789', 'web-1']]),
    isActive: false,
    hasSucceeded: false,
    changedAt: 0,
    reason: undefined,
    ...changes,
  }
}

function machine(parts: Partial<MachineParts>, seen: Partial<Seen> = {}) {
  return readMachine(
    { group: 'rg', name: 'web-1-0123456789', ...parts },
    { statuses: [], reason: undefined, isSettled: true, ...seen },
  )
}

test.each([
  ['Creating', undefined, 'pending'],
  ['Succeeded', undefined, 'running'],
  ['Succeeded', 'running', 'running'],
  ['Succeeded', 'starting', 'pending'],
  ['Succeeded', 'stopping', 'stopping'],
  ['Succeeded', 'stopped', 'stopped'],
  ['Succeeded', 'deallocating', 'stopping'],
  ['Succeeded', 'deallocated', 'stopped'],
  ['Updating', 'running', 'running'],
  ['Deleting', 'running', 'going'],
  ['Failed', undefined, 'failed'],
  ['Failed', 'deallocated', 'failed'],
  ['Failed', 'running', 'running'],
])('a machine that is %s with power %s is %s', (provisioningState, power, state) => {
  const statuses = power === undefined ? [] : [{ code: `PowerState/${power}` }]
  expect(machine({ vm: { ...vm, provisioningState } }, { statuses }).state).toBe(state)
})

test.each([
  [
    'nothing but its running deployment',
    { deployment: deployment({ isActive: true }) },
    true,
    'pending',
  ],
  [
    'its interface and a running deployment',
    { nic, deployment: deployment({ isActive: true }) },
    true,
    'pending',
  ],
  ['its interface alone', { nic }, true, 'failed'],
  ['its address alone', { address: nic }, true, 'failed'],
  ['its disk alone', { disk: { location: 'westeurope' } }, true, 'failed'],
  [
    'its interface on the way out',
    { nic: { ...nic, provisioningState: 'Deleting' } as const },
    true,
    'going',
  ],
  ['nothing, after all has had time to show', { deployment: deployment() }, true, 'gone'],
  [
    'nothing yet of a deployment that worked',
    { deployment: deployment({ hasSucceeded: true }) },
    false,
    'pending',
  ],
  ['nothing yet of a deployment that failed', { deployment: deployment() }, false, 'failed'],
])('a machine of which there is %s is told', (_, parts, isSettled, state) => {
  expect(machine(parts, { isSettled }).state).toBe(state)
})

test('whatever is left of a machine tells whose it is', () => {
  const expected = {
    id: 'rg/web-1-0123456789',
    name: 'web-1',
    owner: { master: 'm-1', grid: 'demo' },
    order: '01JD',
    token: '01JD-0',
  }
  for (const parts of [
    { vm },
    { nic },
    { address: nic },
    { disk: nic },
    { deployment: deployment() },
  ]) {
    expect(machine(parts)).toMatchObject(expected)
  }
})

test.each([
  [
    'its own status',
    {
      statuses: [
        { code: 'ProvisioningState/failed/AllocationFailed', message: 'No room. Try later.' },
      ],
    },
    'AllocationFailed: No room.',
  ],
  ['its deployment', { reason: 'SkuNotAvailable: not here' }, 'SkuNotAvailable: not here'],
])('why it failed is told by %s', (_, seen, reason) => {
  expect(machine({ vm: { ...vm, provisioningState: 'Failed' } }, seen).reason).toBe(reason)
})

test('a machine that runs has no reason not to', () => {
  const statuses = [{ code: 'PowerState/running' }]
  expect(machine({ vm }, { statuses, reason: 'old' }).reason).toBeUndefined()
})

test('power is asked for only where it may say something', () => {
  expect(
    needsStatus({ group: 'rg', name: 'x', vm: { ...vm, provisioningState: 'Creating' } }),
  ).toBe(false)
  expect(
    needsStatus({ group: 'rg', name: 'x', vm: { ...vm, provisioningState: 'Succeeded' } }),
  ).toBe(true)
  expect(needsStatus({ group: 'rg', name: 'x', nic })).toBe(false)
})
