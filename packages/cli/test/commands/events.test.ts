import { createServer } from 'node:http'
import { join } from 'node:path'
import { startMaster } from '@kontena/master'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startCommand } from '../running-command.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod' })
  for (const name of ['web-1', 'web-2']) await lab.client.createNode('prod', { name })
  await lab.writeConfig({ grid: 'prod' })
})
afterAll(() => lab.close())

const start = (argv: readonly string[], { folder } = lab) => startCommand(argv, { folder })
const lines = ({ stdout }: { stdout: string }): string[] => stdout.trimEnd().split('\n')

describe('grid events', () => {
  it('shows what happened in the columns of 1.5', async () => {
    const finished = await lab.run(['grid', 'events'])
    expect(finished.code).toBe(0)
    const [heading, ...rest] = lines(finished)
    expect(heading).toBe(
      'TIME                      TYPE                      RELATIONSHIPS                            MESSAGE',
    )
    expect(rest.map((line) => line.slice(26))).toEqual([
      'grid:created              prod                                     create grid prod by admin',
      'node:created              prod/web-1                               create node web-1 by admin',
      'node:created              prod/web-2                               create node web-2 by admin',
    ])
  })

  it('shows the latest, those of a node, and those since a time', async () => {
    const latest = await lab.run(['grid', 'events', '--lines', '1'])
    expect(lines(latest)).toHaveLength(2)
    expect(lines(latest)[1]).toContain('create node web-2')
    const node = await lab.run(['grid', 'events', '--node', 'web-1', '--tail', '5'])
    expect(lines(node).slice(1).join()).toMatch(/create node web-1/)
    expect(lines(await lab.run(['grid', 'events', '--since', '1h']))).toHaveLength(4)
    expect(lines(await lab.run(['grid', 'events', '--since', '2999-01-01']))).toHaveLength(1)
  })

  it('writes one event per line with --json', async () => {
    const finished = await lab.run(['grid', 'events', '--json'])
    const types = lines(finished).map((line) => JSON.parse(line).type)
    expect(types).toEqual(['grid:created', 'node:created', 'node:created'])
  })

  it.each([
    [['--lines', '0'], '--lines 0: must be 1 or more'],
    [['--lines', 'all'], '--lines all: must be a whole number'],
    [['--since', 'yesterday'], '--since yesterday is no point in time'],
    [['--since', '2026-02-31T99:00'], '--since 2026-02-31T99:00 is no point in time'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await lab.run(['grid', 'events', ...argv])
    expect(code).toBe(2)
    expect(stderr).toContain(` [error] ${message}\n`)
  })

  it('says which grids there are where there is no such one', async () => {
    const { code, stderr } = await lab.run(['grid', 'events', '--grid', 'none'])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: ' [error] master test has no grid none\nhint: its grids: prod\n',
    })
  })

  it('goes on with what happens until Ctrl-C, which ends it without a word', async () => {
    const { screen, stderr, shows, ended, interrupt } = start([
      'grid',
      'events',
      '-f',
      '--lines',
      '1',
    ])
    await shows('create node web-2')
    await lab.client.updateNode('prod', 'web-1', { labels: ['a=b'] })
    await shows('update node web-1 by admin')
    interrupt()
    expect(await ended).toBe(130)
    expect(lines({ stdout: screen.text })).toHaveLength(3)
    expect(stderr.text).toBe('')
  })
})

describe('node events', () => {
  it('shows what happened to one node, as it happens', async () => {
    const { screen, shows, ended, interrupt } = start([
      'node',
      'events',
      'web-2',
      '--follow',
      '--json',
    ])
    await shows('create node web-2')
    await lab.client.updateNode('prod', 'web-1', { labels: ['c=d'] })
    await lab.client.updateNode('prod', 'web-2', { labels: ['c=d'] })
    await shows('update node web-2')
    expect(screen.text).not.toContain('web-1')
    interrupt()
    expect(await ended).toBe(130)
  })

  it('says that there is no such node', async () => {
    const { code, stderr } = await lab.run(['node', 'events', 'web-9'])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        ' [error] grid prod has no node web-9\nhint: kontena node list --grid prod; ' +
        'of one that was removed: kontena grid events --node web-9\n',
    })
    const elsewhere = await lab.run(['node', 'events', 'web-9', '--grid', 'none'])
    expect(elsewhere.stderr).toBe(' [error] master test has no grid none\nhint: its grids: prod\n')
  })
})

describe('following events', () => {
  it('goes on over a restart of the master, with nothing lost', async () => {
    const own = await openTestMaster()
    onTestFinished(() => own.close())
    const { port } = new URL(own.master.url)
    await own.client.createGrid({ name: 'prod' })
    await own.writeConfig({ grid: 'prod' })
    const { screen, stderr, shows } = start(['grid', 'events', '--follow'], own)
    await shows('create grid prod')
    await own.master.close()
    await shows('create grid prod')
    const agentBundle = Buffer.from('the agent')
    const dataDir = join(own.folder, 'master')
    const again = await startMaster({ port: Number(port), dataDir, agentBundle })
    onTestFinished(() => again.close())
    await own.client.createNode('prod', { name: 'later' })
    await shows('create node later')
    expect(stderr.text.match(/trying again/g)).toHaveLength(1)
    expect(screen.text.match(/create grid prod/g)).toHaveLength(1)
  })

  it('says that an old master does not tell', async () => {
    const server = createServer((request, response) => {
      const isGrid = request.url === '/v1/grids/prod'
      response.writeHead(isGrid ? 200 : 404).end(isGrid ? '{}' : '')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await vi.waitFor(() => expect(server.address()).not.toBeNull())
    const url = `http://127.0.0.1:${Object(server.address()).port}`
    const env = { KONTENA_URL: url, KONTENA_TOKEN: 'token', KONTENA_GRID: 'prod' }
    const { code, stderr } = await lab.run(['grid', 'events', '-f'], { env })
    expect(code).toBe(1)
    expect(stderr).toContain('does not tell events as they happen')
  })
})

describe('audit logs', () => {
  it('of a grid show who changed what, in the columns of 1.5', async () => {
    const finished = await lab.run(['grid', 'audit-log', '-l', '3000'])
    expect(finished.code).toBe(0)
    const [heading = '', grid = ''] = lines(finished)
    expect(heading.split(/ {2,}/)).toEqual([
      ...['Time', 'Grid', 'Resource Type', 'Resource Name', 'Event Name'],
      ...['User', 'Source IP', 'User-Agent'],
    ])
    expect(grid.split(/ {2,}/).slice(1)).toEqual([
      ...['prod', 'grid', 'prod', 'create grid', 'admin', '127.0.0.1', 'kontena-cli/2.0.0'],
    ])
  })

  it('of the master show also what concerns no grid', async () => {
    const { stdout } = await lab.run(['master', 'audit-log', '--json'])
    const entries = lines({ stdout }).map((line) => JSON.parse(line))
    expect(entries.map(({ event_name }) => event_name)).toContain('create user')
    expect(entries.at(-1)).toMatchObject({
      user_identity: { email: 'admin' },
      before: expect.anything(),
      after: expect.anything(),
    })
  })

  it('refuse more lines than the master gives', async () => {
    const { code, stderr } = await lab.run(['master', 'audit-log', '-l', '3001'])
    expect(code).toBe(2)
    expect(stderr).toContain('--lines 3001: must be 3000 or less')
  })
})

describe('events of a node that was removed', () => {
  it('are among those of its grid', async () => {
    await lab.client.createNode('prod', { name: 'gone' })
    await lab.client.removeNode('prod', 'gone')
    const { stdout } = await lab.run(['grid', 'events', '--node', 'gone'])
    expect(stdout).toContain('create node gone by admin')
    expect(stdout).toContain('remove node gone by admin')
  })
})
