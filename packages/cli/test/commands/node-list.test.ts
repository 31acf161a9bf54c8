import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod', initial_size: 3 })
  for (const [name, labels] of [
    ['web-1', ['az=a', 'type=small']],
    ['web-2', ['az=b']],
    ['db-1', ['az=a', 'ssd']],
    ['db-2', []],
  ] as const) {
    await lab.client.createNode('prod', { name, labels: [...labels] })
  }
})
afterAll(() => lab.close())
beforeEach(() => lab.writeConfig({ grid: 'prod' }))

const names = async (...flags: string[]) =>
  (await lab.run(['node', 'list', '-q', ...flags])).stdout.trim().split('\n')

describe('node list', () => {
  it.each([
    [
      ['--label', 'az=a'],
      ['web-1', 'db-1'],
    ],
    [
      ['-l', 'az'],
      ['web-1', 'web-2', 'db-1'],
    ],
    [['-l', 'ssd'], ['db-1']],
    [['-l', 'az=a', '-l', 'type'], ['web-1']],
    [
      ['-l', '!az=a'],
      ['web-2', 'db-2'],
    ],
    [['-l', '!az'], ['db-2']],
    [['-l', 'a'], ['']],
    [['-l', 'az='], ['']],
    [
      ['--status', 'created', '-l', '!ssd', '-l', 'az'],
      ['web-1', 'web-2'],
    ],
    [['--status', 'online', '--status', 'drain'], ['']],
  ])('shows with %j only the nodes that are meant', async (flags, shown) => {
    expect(await names(...flags)).toEqual(shown)
  })

  it('takes the health of a grid from all of its nodes, also those that do not show', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'by-hand')
    onTestFinished(() => agent.stop())
    const argv = ['node', 'list', '--status', 'online']
    const { stdout } = await lab.run(argv)
    expect(stdout.split('\n')).toEqual([
      'NAME       VERSION  STATUS     INITIAL  LABELS',
      expect.stringMatching(/^[⊗⊛] by-hand {2}\d+\.\d+\.\d+ {4}online \d+s {2}\S.*$/),
      '',
    ])
    expect(JSON.parse((await lab.run([...argv, '--json'])).stdout)).toMatchObject([
      { name: 'by-hand', status: 'online' },
    ])
  })

  it.each([
    [['-l', 'a b'], '--label a b: must be key or key=value without blanks or commas'],
    [['-l', '!'], '--label !: must be key or key=value without blanks or commas'],
    [['--status', 'up'], '--status up: must be one of created, offline, connecting, drain, online'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await lab.run(['node', 'list', ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(` [error] ${message}\n`)
  })

  it('turns on its side where the terminal is too narrow, and says so', async () => {
    const { stdout, stderr } = await lab.run(['node', 'list', '-l', 'ssd'], {
      isTTY: true,
      columns: 30,
      env: { NO_COLOR: '1' },
    })
    expect(stderr).toContain('[warn] The table is wider than the terminal')
    expect(stdout.replace(/created \d+\w/, 'created 0s')).toMatchInlineSnapshot(`
      "NAME:    ⊝ db-1
      VERSION: -
      STATUS:  created 0s
      INITIAL: -
      LABELS:  az=a,ssd
      "
    `)
  })
})

describe('node list --all', () => {
  const grids = ['a', 'b', 'c'].map((name) => ({
    id: name,
    name,
    token: 't',
    initial_size: 1,
    subnet: '10.81.0.0/16',
    supernet: '10.80.0.0/12',
  }))

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close().closeAllConnections())
    await once(server, 'listening')
    return `http://127.0.0.1:${Object(server.address()).port}`
  }

  it('asks for the nodes of all grids at once, and leaves out a grid that has gone', async () => {
    const waiting: (() => void)[] = []
    const url = await serve((request, response) => {
      if (request.url === '/v1/grids') return response.end(JSON.stringify({ grids }))
      waiting.push(() => {
        if (request.url === '/v1/grids/b/nodes') response.writeHead(404).end()
        else response.end(JSON.stringify({ nodes: [node(request.url?.split('/')[3] ?? '')] }))
      })
      // One that were asked for after another would wait here for ever.
      if (waiting.length === grids.length) for (const answerNow of waiting) answerNow()
      return undefined
    })
    const env = { KONTENA_URL: url, KONTENA_TOKEN: 't' }
    expect(await lab.run(['node', 'list', '--all', '-q'], { env })).toEqual({
      code: 0,
      stdout: 'a/web-1\nc/web-1\n',
      stderr: '',
    })
  })
})

function node(grid: string) {
  return {
    id: `${grid}/web-1`,
    node_id: null,
    name: 'web-1',
    status: 'created',
    connected: false,
    updated: false,
    availability: 'active',
    has_token: true,
    labels: [],
    node_number: 1,
    initial_member: true,
    created_at: '2026-01-01T00:00:00.000Z',
  }
}
