import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { digitalocean } from '../src/index.ts'
import { useEnvironment } from './environment.ts'
import { call, openSession } from './orders.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ agents: 'none' })
})
afterAll(async () => {
  await sandbox.close()
})
beforeEach(() => useEnvironment(sandbox.environment()))
afterEach(() => vi.unstubAllEnvs())

async function choose(option: string, given: Readonly<Record<string, unknown>> = {}) {
  return (await (await openSession()).choices?.({ option, given }, call)) ?? []
}

test('regions are listed by name, also where none is set yet', async () => {
  vi.stubEnv('DIGITALOCEAN_REGION', undefined)
  const regions = await choose('region')
  expect(regions).toContainEqual({ value: 'fra1', label: 'Frankfurt 1' })
  const slugs = regions.map(({ value }) => value)
  expect(slugs).toEqual(slugs.toSorted())
})

test('sizes come with what they have and cost: the usual one, then the cheapest', async () => {
  const sizes = await choose('size', { region: 'fra1' })
  expect(sizes.slice(0, 2)).toEqual([
    {
      value: 's-1vcpu-2gb',
      label: '1 vCPU, 2 GiB, 50 GB disk',
      hint: '$0.01786 an hour, $12 a month',
    },
    {
      value: 's-1vcpu-1gb',
      label: '1 vCPU, 1 GiB, 25 GB disk',
      hint: '$0.00893 an hour, $6 a month',
    },
  ])
})

test('sizes are those of the region that was chosen', async () => {
  const slugs = async (region: string) =>
    (await choose('size', { region })).map(({ value }) => value)
  expect(await slugs('fra1')).toContain('so-2vcpu-16gb')
  expect(await slugs('ams3')).not.toContain('so-2vcpu-16gb')
})

test('images are those of the schema', async () => {
  const values = (await choose('image')).map(({ value }) => value)
  expect(values[0]).toBe('ubuntu-24.04')
  expect(new Set(values)).toEqual(new Set(digitalocean.machineOptions.shape.image.unwrap().options))
})

test('VPCs are those of the region', async () => {
  const [vpc, ...others] = await choose('vpc', { region: 'ams3' })
  expect(others).toEqual([])
  expect(vpc).toEqual({
    value: expect.stringMatching(/^[0-9a-f-]{36}$/),
    label: 'default-ams3',
    hint: '10.110.0.0/20',
  })
  expect((await choose('vpc')).map(({ label }) => label)).toEqual(['default-fra1'])
})

test('keys are those of the account', async () => {
  expect(await choose('accountKey')).toEqual([])
})

test('an option without a list has no choices', async () => {
  expect(await choose('token')).toEqual([])
})

test('every option that a person is asked for has a list', async () => {
  const fields = { ...digitalocean.accessOptions.shape, ...digitalocean.machineOptions.shape }
  const asked = Object.entries(fields).flatMap(([key, field]) =>
    field.meta()?.ask === true ? key : [],
  )
  expect(asked).toEqual(['region', 'size', 'image', 'vpc', 'accountKey'])
})
