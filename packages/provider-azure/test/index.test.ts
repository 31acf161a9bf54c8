import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { azure } from '../src/index.ts'

test.each([
  [{}, { size: 'Standard_B2s', image: 'ubuntu-24.04', storage: 30, publicIp: true }],
  [{ zone: '2' }, { zone: '2' }],
  [{ imageUrn: 'Debian:debian-13:13-gen2' }, { imageUrn: 'Debian:debian-13:13-gen2' }],
])('machine options %j are taken', (given, expected) => {
  expect(azure.machineOptions.parse(given)).toMatchObject(expected)
})

test.each([
  ['size', 'large'],
  ['zone', '4'],
  ['zone', 'westeurope-1'],
  ['image', 'coreos'],
  ['imageUrn', 'Debian:debian-13'],
  ['storage', 10],
  ['storage', 5_000],
  ['storageType', 'fast'],
  ['resourceGroup', 'ends.with.dot.'],
  ['resourceGroup', 'a/b'],
  ['user', 'root'],
  ['user', 'admin'],
  ['user', 'Web'],
  ['network', 'two words'],
])('--%s %j is refused', (key, value) => {
  expect(azure.machineOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each([
  ['subscriptionId', 'mine'],
  ['tenantId', 'a b'],
  ['location', 'west-europe'],
])('--%s %j is refused', (key, value) => {
  expect(azure.accessOptions.safeParse({ [key]: value }).success).toBe(false)
})

test('no option is a secret, as credentials are found by the SDK', () => {
  const shape = { ...azure.accessOptions.shape, ...azure.machineOptions.shape }
  for (const option of Object.values(shape)) expect(option.meta()?.secret).toBeUndefined()
})

test('the manifest loads no SDK', async () => {
  const source = new URL('../src/index.ts', import.meta.url).href
  const code = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context) } })
    await import(${JSON.stringify(source)})
    console.log(seen.filter((name) => name.startsWith('@azure')).join())
  `
  const flags = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', code])
  expect(stdout.trim()).toBe('')
})
