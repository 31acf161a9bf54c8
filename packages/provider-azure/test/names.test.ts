import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deploymentName, machineName, machineOfPart, partNames, sharedName } from '../src/names.ts'

const master = '0192a1b2-0000-7000-8000-000000000000'

test('what a grid shares is named after grid, master and location', () => {
  expect(sharedName({ grid: 'demo', master }, 'westeurope')).toBe(
    'kontena-demo-0192a1b2-westeurope',
  )
})

test('grids that Azure would take for one get names of their own', () => {
  const names = ['demo', 'Demo', 'de_mo', 'de-mo', 'x'.repeat(80), 'x'.repeat(81)].map((grid) =>
    sharedName({ grid, master }, 'australiasoutheast').toLowerCase(),
  )
  expect(new Set(names).size).toBe(names.length)
})

test('every shared name is one that all kinds of resources take', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w-]{1,100}$/), (grid) => {
      expect(sharedName({ grid, master }, 'australiasoutheast')).toMatch(
        /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/,
      )
    }),
  )
})

test('a machine is the same for a repeat of its call, and another for another', () => {
  const name = machineName('web-1', '01JD-0')
  expect(name).toMatch(/^web-1-[0-9a-f]{10}$/)
  expect(machineName('web-1', '01JD-0')).toBe(name)
  expect(machineName('web-1', '01JD-1')).not.toBe(name)
})

test('machines of long names that begin alike have names of their own, and of a length Azure takes', () => {
  const long = 'a'.repeat(62)
  const names = [`${long}1`, `${long}2`].map((node) => machineName(node, '01JD-0'))
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/)
})

test('a part tells its machine, and a name that is no part tells none', () => {
  const name = machineName('web-1', '01JD-0')
  for (const part of Object.values(partNames)) {
    expect(machineOfPart(part(name).toUpperCase())).toBe(name)
  }
  for (const other of ['web-1-nic', `${name}`, `${name}-nsg`, '']) {
    expect(machineOfPart(other)).toBeUndefined()
  }
})

test('a deployment is named after its token, whatever that looks like', () => {
  expect(deploymentName('01JD0000000000000000000000-0')).toBe(
    'kontena-01JD0000000000000000000000-0',
  )
  for (const token of ['with space', 'a'.repeat(64), 'a/b']) {
    expect(deploymentName(token)).toMatch(/^[\w.()-]{1,64}$/)
  }
})
