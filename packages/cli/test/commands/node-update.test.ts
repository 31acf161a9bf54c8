import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod' })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const node of await lab.client.nodes('prod')) await lab.client.removeNode('prod', node.name)
  await lab.client.createNode('prod', { name: 'web-1', labels: ['az=a', 'provider=aws'] })
  await lab.writeConfig({ grid: 'prod' })
})

const labels = async () => (await lab.client.node('prod', 'web-1')).labels

describe('node update', () => {
  it('says whether services may run there', async () => {
    const { code, stdout } = await lab.run(['node', 'update', 'web-1', '--availability', 'drain'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '* Updating web-1 node..\n* Updating web-1 node.. done\n',
    })
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({ availability: 'drain' })
    expect(await labels()).toEqual(['az=a', 'provider=aws'])
  })

  it('replaces all labels, and warns of those that are missed', async () => {
    const { code, stderr } = await lab.run(['node', 'update', 'web-1', '-l', 'x', '-l', 'az=b'])
    expect(code).toBe(0)
    expect(stderr).toContain('web-1 has no provider any more')
    expect(await labels()).toEqual(['x', 'az=b'])
    await lab.run(['node', 'update', 'web-1', '--clear-labels'])
    expect(await labels()).toEqual([])
  })

  it.each([
    [[], 'nothing is to be changed'],
    [['--availability', 'off'], '--availability off: must be one of active, drain'],
    [['--label', 'a,b'], '--label a,b: must be key or key=value'],
    [['--label', 'a', '--clear-labels'], '--label and --clear-labels exclude each other'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await lab.run(['node', 'update', 'web-1', ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
