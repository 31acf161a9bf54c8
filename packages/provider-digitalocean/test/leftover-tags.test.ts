import { describe, expect, test } from 'vitest'
import { launchTags } from '../src/tags.ts'
import { type ApiStub, problem, startApiStub } from './api-stub.ts'
import { call, newOwner, openSession } from './orders.ts'

const owner = newOwner()
const batch = { owner, order: '01JD0000000000000000000000', token: 'o-0', tags: {} }
const [master = '', grid = '', order = '', token = ''] = launchTags(batch)
const vpc = (description: string) => ({
  id: description,
  name: 'x',
  region: 'ams3',
  ip_range: '10.0.0.0/20',
  description,
})

async function startTagStub(
  tags: Readonly<Record<string, number>>,
  ...vpcs: readonly unknown[]
): Promise<ApiStub> {
  const api = await startApiStub()
  api.answer('GET /v2/vpcs', { json: { vpcs } })
  api.answer('GET /v2/tags', {
    json: {
      tags: Object.entries(tags).map(([name, count]) => ({ name, resources: { count } })),
    },
  })
  for (const name of Object.keys(tags)) api.answer(`DELETE /v2/tags/${name}`, { status: 204 })
  return api
}

async function deleted(api: ApiStub): Promise<readonly string[]> {
  await (await openSession()).removeShared(owner, call)
  const prefix = 'DELETE /v2/tags/'
  return api
    .lines()
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length))
}

describe('with the last machine go the tags', () => {
  test('of ours that nothing has any more', async () => {
    const api = await startTagStub({ [master]: 0, [grid]: 0, [order]: 0, [token]: 0 })
    expect(await deleted(api)).toEqual([master, grid, order, token])
  })

  test('and not those that something has', async () => {
    const api = await startTagStub({ [master]: 2, [grid]: 1, [order]: 1, [token]: 0 })
    expect(await deleted(api)).toEqual([token])
  })

  test("and not anybody else's", async () => {
    const [, , foreign = ''] = launchTags({ ...batch, owner: newOwner() })
    const others = { [foreign]: 0, 'team:blue': 0, 'kontena:grid:other': 0, 'kontena:master:x': 0 }
    expect(await deleted(await startTagStub(others))).toEqual([])
  })

  test('and not those of master and grid, while the master has a VPC elsewhere', async () => {
    const elsewhere = vpc(`kontena:master:${owner.master} kontena:grid:demo`)
    const api = await startTagStub({ [master]: 0, [grid]: 0, [order]: 0 }, elsewhere)
    expect(await deleted(api)).toEqual([order])
  })

  test("and not that of the grid, while another master's grid of that name has a VPC", async () => {
    const api = await startTagStub(
      { [master]: 0, [grid]: 0 },
      vpc('kontena:master:x kontena:grid:demo'),
    )
    expect(await deleted(api)).toEqual([master])
  })
})

test('a token without the scope for tags leaves them, which is no failure', async () => {
  const api = await startTagStub({ [order]: 0 })
  api.answer(`DELETE /v2/tags/${order}`, problem(403, 'forbidden'))
  await expect(deleted(api)).resolves.toEqual([order])
  api.answer('GET /v2/tags', problem(403, 'forbidden'))
  await expect(deleted(api)).resolves.toHaveLength(1)
})

test('a tag that another command deleted a moment before is no failure', async () => {
  const api = await startTagStub({ [order]: 0, [token]: 0 })
  api.answer(`DELETE /v2/tags/${order}`, problem(404, 'not_found'))
  expect(await deleted(api)).toEqual([order, token])
})
