import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ApiStub, startApiStub } from './api-stub.ts'
import { batchOf, call, newOwner, openSession } from './orders.ts'

/** Answers recorded by others, and DigitalOcean's own description; they stand beside the repository. */
const folder = join(import.meta.dirname, '../../../../shared/specs/digitalocean')
const isThere = existsSync(folder)
if (!isThere) process.stdout.write(`skipped: no recorded answers of DigitalOcean at ${folder}\n`)

const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const recorded = (name: string): unknown => read(join('libcloud', `${name}.json`))

const bundle = z.object({
  components: z.object({ 'x-bundle': z.record(z.string(), z.unknown()) }),
})
/** A part of DigitalOcean's own description, by its name. */
const described = (name: string): unknown =>
  bundle.parse(read('openapi.trimmed.json')).components['x-bundle'][name]
const example = (name: string): unknown =>
  z.object({ value: z.unknown() }).parse(described(name)).value

async function choose(api: ApiStub, option: string, region: string) {
  api.answer('GET /v2/regions', { json: recorded('list_locations') })
  api.answer('GET /v2/sizes', { json: recorded('list_sizes') })
  api.answer('GET /v2/account/keys', { json: recorded('list_key_pairs') })
  const session = await openSession()
  return await session.choices?.({ option, given: { region } }, call)
}

describe.skipIf(!isThere)('recorded answers are understood', () => {
  test.each([
    ['list_nodes', 'sfo3'],
    ['list_nodes_page_1', 'nyc3'],
  ])('droplets: %s', async (name, region) => {
    const api = await startApiStub()
    const { droplets } = z
      .object({ droplets: z.array(z.looseObject({ id: z.number() })) })
      .parse(recorded(name))
    for (const droplet of droplets) {
      api.answer(`GET /v2/droplets/${droplet.id}`, { json: { droplet } })
    }
    const session = await openSession({ access: { region } })
    const ids = droplets.map(({ id }) => String(id))
    const machines = await session.find({ ids }, call)
    expect(machines.map(({ id }) => id)).toEqual(ids)
    for (const { state, publicAddress, owner } of machines) {
      expect(state).toBe('running')
      expect(publicAddress).toMatch(/^\d+(\.\d+){3}$/)
      expect(owner).toBeUndefined()
    }
  })

  test('regions, of which those that are closed are no choice', async () => {
    const choices = await choose(await startApiStub(), 'region', 'nyc1')
    expect(choices?.map(({ value }) => value)).toEqual(['nyc1', 'sfo1'])
  })

  test('sizes', async () => {
    const choices = await choose(await startApiStub(), 'size', 'nyc1')
    expect(choices).toEqual([
      {
        value: '1gb',
        label: '2 vCPU, 1 GiB, 30 GB disk',
        hint: '$0.01488 an hour, $10 a month',
      },
    ])
  })

  test('keys', async () => {
    const choices = await choose(await startApiStub(), 'accountKey', 'nyc1')
    expect(choices).toEqual([
      { value: 'f5:d1:78:ed:28:72:5f:e1:ac:94:fd:1f:e0:a3:48:6d', label: 'test1' },
    ])
  })

  test('refusals', async () => {
    const api = await startApiStub()
    api.answer('DELETE /v2/droplets/1', { status: 401, json: recorded('error') })
    api.answer('DELETE /v2/droplets/2', { status: 422, json: recorded('error_invalid_image') })
    const session = await openSession()
    await expect(session.terminate(['1'], call)).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' })
    await expect(session.terminate(['2'], call)).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  })
})

describe.skipIf(!isThere)("DigitalOcean's own description", () => {
  const launch = async (api: ApiStub) => {
    const session = await openSession({ machine: { backups: true } })
    const shared = { vpc: '760e09ef-dc84-11e8-981e-3cfdfeaae000', sshKeys: ['3b:16'] }
    const names = ['sub-01.example.com', 'sub-02.example.com']
    const batch = batchOf(newOwner(), shared, { names })
    api.answer('POST /v2/droplets', {
      status: 202,
      json: example('droplets.responses.examples.droplet_multi_create_response'),
    })
    return await session.create(batch, call)
  }

  test('has an answer to a launch that is understood', async () => {
    const { machines, failure } = await launch(await startApiStub())
    expect(failure).toBeUndefined()
    expect(machines.map(({ id, name, state }) => ({ id, name, state }))).toEqual([
      { id: '3164444', name: 'sub-01.example.com', state: 'pending' },
      { id: '3164445', name: 'sub-02.example.com', state: 'pending' },
    ])
  })

  test('knows every field of a launch', async () => {
    const api = await startApiStub()
    await launch(api)
    const fields = z
      .object({ properties: z.record(z.string(), z.unknown()) })
      .parse(described('droplets.models.droplet_create'))
    const sent = z.record(z.string(), z.unknown()).parse(api.sent('POST /v2/droplets')[0])
    const unknown = Object.keys(sent).filter(
      (field) => field !== 'names' && !(field in fields.properties),
    )
    expect(unknown).toEqual([])
  })

  test('has lists by tag that are understood', async () => {
    const api = await startApiStub()
    const { droplets } = z
      .object({ droplets: z.array(z.unknown()) })
      .parse(example('droplets.responses.examples.droplets_tagged'))
    api.answer('GET /v2/droplets', { json: { droplets } })
    expect(await (await openSession()).find({ owner: newOwner() }, call)).toEqual([])
  })
})
