import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aws } from '../src/index.ts'

const source = join(import.meta.dirname, '../src')

describe('the manifest', () => {
  test('loads no SDK: what it imports imports core and zod only', () => {
    const imports = ['index.ts', 'options.ts'].flatMap((file) =>
      [
        ...readFileSync(join(source, file), 'utf8').matchAll(/^(?:import|export) .*from '(.+)'/gm),
      ].map(([, from]) => from),
    )
    expect(new Set(imports)).toEqual(new Set(['@kontena/core', './options.ts', 'zod']))
  })

  test('keeps secrets out of defaults, and names where the region may come from', () => {
    const { secretKey, region } = aws.accessOptions.shape
    expect(secretKey.meta()).toMatchObject({ secret: true })
    expect(aws.accessOptions.parse({})).toEqual({})
    expect(region.meta()).toMatchObject({ env: 'AWS_REGION' })
  })

  test('describes every option', () => {
    const fields = { ...aws.accessOptions.shape, ...aws.machineOptions.shape }
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meta()?.description, name).toEqual(expect.any(String))
    }
  })
})

test('machine options have the defaults of the README', () => {
  expect(aws.machineOptions.parse({})).toEqual({
    type: 't3.small',
    storage: 30,
    image: 'ubuntu-24.04',
    associatePublicIpAddress: true,
    metadataHopLimit: 1,
  })
})

test.each([
  ['region', 'eu west 1'],
  ['region', 'eu-west-1a'],
])('%s cannot be %s', (key, value) => {
  expect(aws.accessOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each([
  ['type', 'small'],
  ['type', 't3.small\n'],
  ['storage', 7],
  ['storage', 16_385],
  ['storage', 30.5],
  ['image', 'windows'],
  ['ami', 'ubuntu'],
  ['zone', '1a'],
  ['zone', 'eu-west-1'],
  ['vpcId', 'subnet-0a'],
  ['subnetId', 'vpc-0a'],
  ['securityGroups', ' , '],
  ['metadataHopLimit', 0],
  ['metadataHopLimit', 65],
])('%s cannot be %s', (key, value) => {
  expect(aws.machineOptions.safeParse({ [key]: value }).success).toBe(false)
})

test('only errors.ts knows which code of AWS is which of ours', () => {
  const others = readdirSync(source).filter((file) => file !== 'errors.ts')
  for (const file of others) {
    const text = readFileSync(join(source, file), 'utf8')
    expect(
      /: '(NO_CREDENTIALS|BAD_CREDENTIALS|RATE_LIMITED|QUOTA_EXCEEDED)'/.test(text),
      file,
    ).toBe(false)
  }
})
