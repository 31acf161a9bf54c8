import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Hardware } from '../src/launch-plan.ts'
import { machineOptions } from '../src/options.ts'
import { literal, type TemplateRequest, template, templateParameters } from '../src/template.ts'

function request(
  options: Record<string, unknown> = {},
  batch: Partial<TemplateRequest['batch']> = {},
): TemplateRequest {
  const hardware: Hardware = {
    options: machineOptions.parse(options),
    location: 'westeurope',
    size: {
      name: 'Standard_B2s',
      family: 'standardBSFamily',
      vcpus: 2,
      memoryGib: 4,
      architecture: 'amd64',
      generations: ['V1', 'V2'],
      hasPremium: true,
      zones: ['1'],
      closedZones: [],
      isClosed: false,
    },
    image: {
      publisher: 'P',
      offer: 'O',
      sku: 'S',
      version: '1.2.3',
      plan: undefined,
      format: 'cloud-config',
    },
    user: 'kontena',
    zones: ['westeurope-1'],
  }
  return {
    hardware,
    batch: {
      owner: { master: 'm-1', grid: 'demo' },
      order: '01JD',
      zone: 'westeurope-1',
      names: ['web-1', 'web-2'],
      userData: Buffer.from('#cloud-config\nsecret'),
      shared: {},
      token: '01JD-0',
      minimum: 'all',
      sshKeys: [],
      tags: {},
      ...batch,
    },
    shared: { group: 'rg', subnet: '/subnet', securityGroup: '/nsg', nodes: '/asg' },
    subscription: 'sub',
    sshKey: 'ssh-ed25519 AAAA',
  }
}

test('a machine comes with an address and an interface, each after what it needs', () => {
  const { resources } = template(request())
  expect(resources.map(({ type }) => type.split('/')[1])).toEqual([
    'publicIPAddresses',
    'networkInterfaces',
    'virtualMachines',
    'publicIPAddresses',
    'networkInterfaces',
    'virtualMachines',
  ])
  const [address, nic, machine] = resources
  expect(address).not.toHaveProperty('dependsOn')
  expect(nic).toMatchObject({
    dependsOn: [expect.stringMatching(/\/publicIPAddresses\/web-1-[0-9a-f]{10}-ip$/)],
    properties: {
      networkSecurityGroup: { id: '/nsg' },
      ipConfigurations: [
        { properties: { subnet: { id: '/subnet' }, applicationSecurityGroups: [{ id: '/asg' }] } },
      ],
    },
  })
  expect(machine).toMatchObject({
    dependsOn: [expect.stringMatching(/\/networkInterfaces\/web-1-[0-9a-f]{10}-nic$/)],
    zones: ['1'],
    properties: { osProfile: { computerName: 'web-1', adminUsername: 'kontena' } },
  })
})

test('all that a machine is made of goes with it', () => {
  const [, nic, machine] = template(request()).resources
  expect(JSON.stringify(nic)).toContain('"publicIPAddress":{"id"')
  expect(JSON.stringify(nic).match(/"deleteOption":"Delete"/g)).toHaveLength(1)
  // Its disk and its interface.
  expect(JSON.stringify(machine).match(/"deleteOption":"Delete"/g)).toHaveLength(2)
})

test('everything says whose it is, of which order and call, and which node', () => {
  for (const { tags } of template(request({}, { tags: { team: 'blue' } })).resources) {
    expect(tags).toMatchObject({
      team: 'blue',
      'kontena:master': 'm-1',
      'kontena:grid': 'demo',
      'kontena:order': '01JD',
      'kontena:token': '01JD-0',
      'kontena:node': expect.stringMatching(/^web-[12]$/),
    })
  }
})

test('user data is nowhere but in the secure parameter', () => {
  const made = request()
  const encoded = Buffer.from(made.batch.userData).toString('base64')
  expect(JSON.stringify(template(made))).not.toContain(encoded)
  expect(template(made).parameters.customData.type).toBe('securestring')
  expect(templateParameters(made).customData.value).toBe(encoded)
})

test('machines without public addresses have none made', () => {
  const { resources } = template(request({ publicIp: false }))
  expect(JSON.stringify(resources)).not.toContain('publicIPAddress')
  expect(resources).toHaveLength(4)
})

test('a location without zones is no zone', () => {
  for (const resource of template(request({}, { zone: 'westeurope' })).resources) {
    expect(resource).not.toHaveProperty('zones')
  }
})

test('an image that is sold names its terms', () => {
  const made = request()
  const plan = { name: 'n', publisher: 'p', product: 'o' }
  const sold = {
    ...made,
    hardware: { ...made.hardware, image: { ...made.hardware.image, plan } },
  }
  expect(template(sold).resources.at(-1)).toMatchObject({ plan })
  expect(template(made).resources.at(-1)).not.toHaveProperty('plan')
})

test('no tag of a person is an expression to ARM', () => {
  expect(literal("[resourceId('x')]")).toBe("[[resourceId('x')]")
  expect(literal('[not one')).toBe('[not one')
  fc.assert(
    fc.property(fc.string(), (inside) => {
      expect(literal(`[${inside}]`).startsWith('[[')).toBe(true)
    }),
  )
})

test('two hundred machines of long names with 12 KB of user data each fit into what ARM takes', () => {
  const names = Array.from({ length: 200 }, (_, index) => `${'n'.repeat(59)}-${index}`)
  const made = template(request({}, { names }))
  expect(made.resources).toHaveLength(600)
  const userData = names.length * 16_000
  expect(JSON.stringify(made).length + userData).toBeLessThan(4 * 1024 * 1024)
})
