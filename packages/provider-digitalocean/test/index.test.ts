import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digitalocean } from '../src/index.ts'

const source = join(import.meta.dirname, '../src')

describe('the manifest', () => {
  test('loads no client: what it imports imports core and zod only', () => {
    const imports = ['index.ts', 'options.ts'].flatMap((file) =>
      [
        ...readFileSync(join(source, file), 'utf8').matchAll(
          /^(?:import|export|\}) .*from '(.+)'/gm,
        ),
      ].map(([, from]) => from),
    )
    expect(new Set(imports)).toEqual(new Set(['@kontena/core', './options.ts', 'zod']))
  })

  test('leaves axios alone: the wrapper needs it for a transport that is not ours', async () => {
    await digitalocean.load()
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    expect(loaded.filter((file) => file.includes('dots-wrapper'))).not.toEqual([])
    expect(loaded.filter((file) => file.includes('/axios/'))).toEqual([])
  })

  test('names where token, context and region may come from, and hides the token', () => {
    const { token, context, region } = digitalocean.accessOptions.shape
    expect(token.meta()).toMatchObject({
      secret: true,
      env: ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN', 'DO_TOKEN'],
    })
    expect(context.meta()).toMatchObject({ env: 'DIGITALOCEAN_CONTEXT' })
    expect(region.meta()).toMatchObject({ env: 'DIGITALOCEAN_REGION', ask: true })
    expect(digitalocean.accessOptions.parse({})).toEqual({})
    expect(Object.keys(digitalocean.accessOptions.shape)).toContain(digitalocean.regionOption)
  })

  test('describes every option', () => {
    const fields = { ...digitalocean.accessOptions.shape, ...digitalocean.machineOptions.shape }
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meta()?.description, name).toEqual(expect.any(String))
    }
  })

  test('lets the host admit ESP, and keeps containers away from the metadata service', () => {
    expect(digitalocean.abilities).toMatchObject({
      firewall: { esp: 'host' },
      idempotentCreate: false,
    })
    expect(digitalocean.bootstrap.metadataServices).toEqual([{ address: '169.254.169.254' }])
  })
})

test('machine options have the defaults of the README', () => {
  expect(digitalocean.machineOptions.parse({})).toEqual({
    size: 's-1vcpu-2gb',
    image: 'ubuntu-24.04',
    monitoring: false,
    dropletAgent: false,
    ipv6: false,
    backups: false,
  })
})

test.each([
  ['region', 'Frankfurt'],
  ['region', 'fra'],
  ['region', 'fra1\n'],
  ['token', ''],
])('%s cannot be %j', (key, value) => {
  expect(digitalocean.accessOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each([
  ['size', 'small'],
  ['size', 's-1vcpu-2gb\n'],
  ['size', 'S-1VCPU-2GB'],
  ['image', 'windows'],
  ['vpc', ''],
  ['accountKey', ''],
])('%s cannot be %j', (key, value) => {
  expect(digitalocean.machineOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each(['s-1vcpu-512mb-10gb', 'c-2', 'so1_5-2vcpu-16gb', 'g-2vcpu-8gb', 'm3-8vcpu-64gb'])(
  '%s can be a size',
  (size) => {
    expect(digitalocean.machineOptions.safeParse({ size }).success).toBe(true)
  },
)

test('only errors.ts knows which answer of DigitalOcean is which code of ours', () => {
  const others = readdirSync(source).filter((file) => file !== 'errors.ts')
  for (const file of others) {
    const text = readFileSync(join(source, file), 'utf8')
    expect(/: '(BAD_CREDENTIALS|RATE_LIMITED|QUOTA_EXCEEDED)'/.test(text), file).toBe(false)
  }
})
