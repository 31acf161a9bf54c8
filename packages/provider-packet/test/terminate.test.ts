import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openTestMaster, type TestMaster } from '../../cli/test/test-master.ts'

let lab: TestMaster

beforeEach(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'demo' })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await lab.close()
})

const packet = (...argv: string[]) => lab.run(['packet', 'node', ...argv, '--grid', 'demo'])
const names = async () => (await lab.client.nodes('demo')).map(({ name }) => name)

/** A node as records of the time before have it: by its labels only. */
async function record(name: string, provider = 'packet'): Promise<void> {
  await lab.client.createNode('demo', { name, labels: [`provider=${provider}`, 'region=ams1'] })
}

/** A node whose machine reported itself. */
async function enrolled(name: string): Promise<void> {
  const order = '01JD0000000000000000000000'
  const secret = randomBytes(32).toString('hex')
  const nodes = [{ name, labels: ['provider=packet', 'region=ams1'] }]
  await lab.client.createEnrolment('demo', { order, secret, expires_in: 60, nodes })
  const machine = { provider: 'packet', account: 'p-1', region: 'ams1', id: 'device-1', order }
  const reply = await fetch(`${lab.master.url}/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret, name, nodeToken: randomBytes(32).toString('hex'), machine }),
  })
  expect(reply.status).toBe(204)
}

describe('kontena packet node', () => {
  test('terminate takes the record of a machine that is gone away, and asks the master only', async () => {
    await record('old-1')
    await record('old-2')
    const connect = vi.spyOn(Socket.prototype, 'connect')
    const done = await packet('terminate', 'old-1', '--force', '--token', 'of-the-time-before')
    expect(done).toEqual({ code: 0, stdout: 'old-1: gone\nTerminated old-1\n', stderr: '' })
    expect(await names()).toEqual(['old-2'])
    const { port } = new URL(lab.master.url)
    for (const [to] of connect.mock.calls) expect(JSON.stringify(to)).toContain(port)
  })

  test('terminate takes the record of a machine of a project that is named', async () => {
    await enrolled('old-1')
    expect(await packet('terminate', 'old-1', '--force')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('was made in account p-1'),
    })
    expect(await packet('terminate', 'old-1', '--force', '--project', 'p-1')).toMatchObject({
      code: 0,
    })
    expect(await names()).toEqual([])
  })

  test('terminate leaves nodes of other providers alone', async () => {
    await record('web-1', 'aws')
    expect(await packet('terminate', 'web-1', '--force')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('was made by aws, not by packet'),
    })
    expect(await names()).toEqual(['web-1'])
  })

  test('restart says that the machine is gone, and what to do with its record', async () => {
    await record('old-1')
    expect(await packet('restart', 'old-1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the machine of old-1 is gone.*node terminate old-1/s),
    })
  })

  test('create stops at once', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect')
    const done = await packet('create', '--token', 'x', '--type', 'baremetal_0')
    expect(done).toMatchObject({ code: 1, stdout: '' })
    expect(done.stderr).toMatch(/ended on 2026-06-30.*kontena ssh node create/s)
    expect(connect).not.toHaveBeenCalled()
  })
})
