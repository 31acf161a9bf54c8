import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startCommand } from '../running-command.ts'
import { joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod' })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const node of await lab.client.nodes('prod')) await lab.client.removeNode('prod', node.name)
  await lab.writeConfig({ grid: 'prod' })
})

const watch = (...argv: string[]) => startCommand(['node', 'list', '--watch', ...argv], lab)

describe('node list --watch', () => {
  it('away from a terminal prints the list, and then a line for each change', async () => {
    await lab.client.createNode('prod', { name: 'web-1', labels: ['az=a'] })
    const { screen, stderr, shows, ended, interrupt } = watch()
    await shows('web-1')
    await lab.client.createNode('prod', { name: 'web-2' })
    await shows('web-2  added, created')
    await lab.client.updateNode('prod', 'web-1', { labels: ['az=b'], availability: 'drain' })
    await shows('web-1  availability drain; labels az=b')
    await lab.client.removeNode('prod', 'web-2')
    await shows('web-2  removed')
    interrupt()
    expect(await ended).toBe(130)
    expect(stderr.text).toBe('')
    expect(screen.lines[0]).toMatch(/^NAME +VERSION +STATUS +INITIAL +LABELS$/)
    expect(screen.lines[2]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}web-2 {2}added, created$/)
    expect(screen.lines).toHaveLength(5)
  })

  it('tells that an agent comes and goes', async () => {
    const { shows, ended, interrupt } = watch()
    await shows('NAME')
    const agent = await joinWithGridToken(lab, 'prod', 'worker')
    await shows(/worker {2}(online, was connecting|added, online)/)
    await agent.stop()
    await shows('worker  offline, was online')
    interrupt()
    expect(await ended).toBe(130)
  })

  it('with --json writes a line for each node and each change', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { screen, shows } = watch('--json')
    await shows('present')
    await lab.client.createNode('prod', { name: 'web-2' })
    await shows('added')
    const lines = screen.lines.map((line) => JSON.parse(line))
    expect(lines.map(({ change, node }) => [change, node.name])).toEqual([
      ['present', 'web-1'],
      ['added', 'web-2'],
    ])
  })

  it('shows only the nodes that are asked for, as they come and go', async () => {
    await lab.client.createNode('prod', { name: 'web-1', labels: ['az=a'] })
    const { screen, shows } = watch('--label', 'az=b')
    await shows('NAME')
    await lab.client.updateNode('prod', 'web-1', { labels: ['az=b'] })
    await shows('web-1  added')
    await lab.client.updateNode('prod', 'web-1', { labels: [] })
    await shows('web-1  removed')
    expect(screen.lines).toHaveLength(3)
  })

  it('on a terminal draws the list again in place, within its edges', async () => {
    for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) {
      await lab.client.createNode('prod', { name, labels: [`role=${'x'.repeat(40)}`] })
    }
    const { screen, shows, ended, interrupt } = startCommand(['node', 'list', '--watch'], {
      ...lab,
      isTTY: true,
      columns: 60,
      rows: 5,
      env: { NO_COLOR: '1' },
    })
    await shows('web-1')
    expect(screen.lines).toHaveLength(4)
    expect(screen.lines[1]).toMatch(/^\S+ web-1 +- +created \ds +- +role=x+…$/)
    expect(screen.lines[3]).toBe('… and 2 more')
    expect(Math.max(...screen.lines.map((line) => line.length))).toBeLessThan(60)
    await lab.client.removeNode('prod', 'web-1')
    await vi.waitFor(() => expect(screen.lines.join()).not.toContain('web-1'), { timeout: 5_000 })
    expect(screen.lines).toHaveLength(4)
    interrupt()
    expect(await ended).toBe(130)
    expect(screen.lines).toHaveLength(4)
  })

  it('draws the list below the warning that the master is away, and once', async () => {
    const other = await openTestMaster()
    onTestFinished(() => other.close())
    await other.client.createGrid({ name: 'prod' })
    await other.client.createNode('prod', { name: 'web-1' })
    await other.writeConfig({ grid: 'prod' })
    const { screen, shows } = startCommand(['node', 'list', '--watch'], {
      ...other,
      isTTY: true,
      isOneScreen: true,
      columns: 200,
      env: { NO_COLOR: '1' },
    })
    await shows('web-1')
    await other.master.close()
    await vi.waitFor(
      () =>
        expect(screen.lines).toEqual([
          expect.stringMatching(/^ \[warn\] the master at .*; trying again$/),
          expect.stringMatching(/^NAME /),
          expect.stringContaining('web-1'),
        ]),
      { timeout: 10_000 },
    )
  })

  it('shows one grid, and more than names', async () => {
    for (const flag of ['--all', '--quiet']) {
      const { code, stderr } = await lab.run(['node', 'list', '--watch', flag])
      expect(code).toBe(2)
      expect(stderr).toContain(`--watch cannot be combined with ${flag}`)
    }
    const { code, stderr } = await lab.run(['node', 'list', '--watch', '--grid', 'none'])
    expect(code).toBe(1)
    expect(stderr).toContain('has no grid none')
  })
})
