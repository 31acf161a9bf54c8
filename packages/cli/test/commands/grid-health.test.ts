import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { joinAs } from '../fake-agent.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.writeConfig({ grid: 'prod' })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const grid of await lab.client.grids()) {
    for (const node of await lab.client.nodes(grid.name)) {
      await lab.client.removeNode(grid.name, node.name)
    }
    await lab.client.removeGrid(grid.name)
  }
})

const health = async (argv: readonly string[] = []) => {
  const { code, stdout } = await lab.run(['grid', 'health', ...argv])
  return { code, lines: stdout.trimEnd().split('\n') }
}

describe('grid health', () => {
  it('of a grid without nodes is an error', async () => {
    await lab.client.createGrid({ name: 'prod', initial_size: 3 })
    expect(await health()).toEqual({
      code: 1,
      lines: [
        '⊗ Grid does not have any initial nodes, and requires at least 2 of 3 initial nodes for operation',
      ],
    })
  })

  it('grows better with each initial node, and names those that are offline', async () => {
    await lab.client.createGrid({ name: 'prod', initial_size: 3 })
    const agents = [await joinAs(lab, 'a', {})]
    expect(await health()).toEqual({
      code: 1,
      lines: [
        '⊗ Grid only has 1 initial nodes, and requires at least 2 of 3 initial nodes for operation',
      ],
    })
    agents.push(await joinAs(lab, 'b', {}))
    expect(await health()).toEqual({
      code: 0,
      lines: ['⊙ Grid only has 2 initial nodes of 3 required for high-availability'],
    })
    const third = await joinAs(lab, 'c', {})
    const fourth = await joinAs(lab, 'd', {})
    expect(await health()).toEqual({
      code: 0,
      lines: ['⊛ Grid has all 3 of 3 initial nodes online'],
    })
    await third.leave()
    await fourth.leave()
    expect(await health()).toEqual({
      code: 0,
      lines: [
        '⊙ Grid only has 2 initial nodes online of 3 required for high-availability',
        '⊝ Initial node c is offline',
        '⊝ Grid node d is offline',
      ],
    })
    await agents.pop()?.leave()
    const { code, lines } = await health(['prod'])
    expect({ code, first: lines[0] }).toEqual({
      code: 1,
      first:
        '⊗ Grid only has 1 initial nodes online, and requires at least 2 of 3 initial nodes for operation',
    })
    for (const agent of agents) await agent.leave()
    expect((await health()).lines[0]).toBe(
      '⊗ Grid does not have any initial nodes online, and requires at least 2 of 3 initial nodes for operation',
    )
  })

  it('of one node is no high availability, however well it is', async () => {
    await lab.client.createGrid({ name: 'prod', initial_size: 1 })
    const agent = await joinAs(lab, 'a', {})
    expect(await health()).toEqual({
      code: 0,
      lines: ['⊙ Grid only has 1 initial node(s), and is not high-availability'],
    })
    await agent.leave()
  })

  it('is one JSON object', async () => {
    await lab.client.createGrid({ name: 'prod', initial_size: 3 })
    await lab.client.createNode('prod', { name: 'web-1' })
    const { code, stdout } = await lab.run(['grid', 'health', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      health: 'error',
      initial_size: 3,
      quorum: 2,
      online: 0,
      offline: ['web-1'],
    })
  })
})
