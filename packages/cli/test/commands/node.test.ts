import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { enrol, joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod', initial_size: 3 })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const node of await lab.client.nodes('prod')) await lab.client.removeNode('prod', node.name)
  await lab.writeConfig({ grid: 'prod' })
})

describe('node create', () => {
  it('registers a node with its labels and never shows its token', async () => {
    const argv = ['node', 'create', 'web-1', '--token', 'a-token-of-16-characters']
    const { code, stdout } = await lab.run([...argv, '-l', 'az=a', '--label', 'x'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '* Creating web-1 node..\n* Creating web-1 node.. done\n',
    })
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({ labels: ['az=a', 'x'] })
  })

  it.each([
    [['web 1'], "NAME web 1: isn't in the right format"],
    [['web-1', '--token', 'short-one'], '--token: must be of length 16 or more'],
    [['web-1', '-l', 'a,b'], '--label a,b: must be key or key=value without blanks or commas'],
    [['web-1', '-l', 'a\nb'], '--label a\\nb: must be key or key=value without blanks or commas'],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await lab.run(['node', 'create', ...argv])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: ` [error] ${message}\nhint: see: kontena node create --help\n`,
    })
  })

  it('leads from a name that is none to what one is', async () => {
    for (const noun of ['node', 'grid']) {
      const { stderr } = await lab.run([noun, 'create', 'web 1'])
      expect(stderr).toContain(`hint: see: kontena ${noun} create --help\n`)
      const { stdout } = await lab.run([noun, 'create', '--help'])
      expect(stdout.replace(/\s+/g, ' ')).toContain('letters, digits, - and _')
    }
  })

  it('says that a name is taken', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { code, stderr } = await lab.run(['node', 'create', 'web-1'])
    expect(code).toBe(2)
    expect(stderr).toBe(' [error] Node with name web-1 already exists\n')
  })
})

describe('a node named ssh', () => {
  it('is no command to log in, behind which flags would be for the machine', async () => {
    await lab.client.createNode('prod', { name: 'ssh' })
    const { code, stdout } = await lab.run(['node', 'show', 'ssh', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ name: 'ssh' })
  })
})

describe('node list', () => {
  it('sorts nodes by their numbers', async () => {
    await lab.client.createNode('prod', { name: 'zebra', labels: ['az=a', 'x'] })
    await lab.client.createNode('prod', { name: 'alpha' })
    const { stdout } = await lab.run(['node', 'ls'])
    expect(stdout.replace(/created \d+s/g, 'created 0s')).toMatchInlineSnapshot(`
      "NAME     VERSION  STATUS      INITIAL  LABELS
      ⊝ zebra  -        created 0s  -        az=a,x
      ⊝ alpha  -        created 0s  -
      "
    `)
  })

  it('shows hostile labels without obeying them', async () => {
    await lab.client.createNode('prod', { name: 'web-1', labels: ['x=\u202e$(reboot){{y}}'] })
    const { stdout } = await lab.run(['node', 'list'])
    expect(stdout).toContain('x=\\u202e$(reboot){{y}}')
  })

  it('prints the grid before the name with --all', async () => {
    await lab.client.createGrid({ name: 'other' })
    await lab.client.createNode('other', { name: 'web-1' })
    expect((await lab.run(['node', 'list', '-a', '-q'])).stdout).toBe('other/web-1\n')
    await lab.client.removeNode('other', 'web-1')
    await lab.client.removeGrid('other')
  })

  it('prints nodes as one JSON array', async () => {
    await lab.client.createNode('prod', { name: 'web-1', labels: ['az=a'] })
    const { stdout } = await lab.run(['node', 'list', '--json'])
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ name: 'web-1', status: 'created', labels: ['az=a'] }),
    ])
  })

  it('prints nothing at all when quiet and empty', async () => {
    expect((await lab.run(['node', 'list', '-q'])).stdout).toBe('')
  })

  it('paints states on a terminal and nowhere else', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const live = await lab.run(['node', 'list'], { isTTY: true })
    expect(live.stdout).toContain('\u001b[2m⊝\u001b[22m web-1')
    for (const name of ['NO_COLOR', 'KONTENA_SIMPLE_TERM']) {
      const plain = await lab.run(['node', 'list'], { isTTY: true, env: { [name]: '1' } })
      expect(plain.stdout).not.toContain('\u001b')
    }
    expect((await lab.run(['node', 'list', '--no-color'], { isTTY: true })).stdout).not.toContain(
      '\u001b',
    )
  })

  it('takes the grid from the flag before all else', async () => {
    const { code, stderr } = await lab.run(['node', 'list', '--grid', 'nope'], {
      env: { KONTENA_GRID: 'prod' },
    })
    expect(code).toBe(1)
    expect(stderr).toBe(' [error] master test has no grid nope\nhint: its grids: prod\n')
  })
})

describe('aws node', () => {
  it('names the grids there are when there is none of that name', async () => {
    const argv = ['aws', 'node', 'create', '--grid', 'nope', '--region', 'eu-west-1']
    expect(await lab.run(argv)).toMatchObject({
      code: 1,
      stderr: ' [error] master test has no grid nope\nhint: its grids: prod\n',
    })
  })
})

describe('node show', () => {
  it('shows the machine that a node runs on', async () => {
    await enrol(lab, 'prod', 'web-1', { labels: ['provider=aws'] })
    const { stdout } = await lab.run(['node', 'show', 'web-1'])
    expect(stdout.replace(/order: \w{26}/, 'order: ORDER')).toMatchInlineSnapshot(`
      "prod/web-1:
        id:
        agent version:
        docker version:
        status: created
        connected: no
        last connect:
        last seen:
        availability: active
        public ip:
        private ip:
        overlay ip: 10.81.0.1
        os:
        kernel:
        drivers:
          storage:
          volume:
        initial node: yes
        labels:
          - provider=aws
        enrolment: a machine has the node
        machine:
          provider: aws
          account: 123
          region: eu-west-1
          id: i-0abc
          order: ORDER
      "
    `)
  })

  it('prints the node as one JSON object', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { stdout } = await lab.run(['node', 'show', 'web-1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ id: 'prod/web-1' })
  })

  it('names the command that lists nodes when there is none of that name', async () => {
    const { code, stderr } = await lab.run(['node', 'show', 'web-9'])
    expect(code).toBe(1)
    expect(stderr).toBe(
      ' [error] grid prod has no node web-9\nhint: kontena node list --grid prod\n',
    )
  })
})

describe('node env', () => {
  it('prints what the agent of the node needs', async () => {
    await lab.client.createNode('prod', { name: 'web-1', token: 'a-token-of-16-characters' })
    const { agent_bundle: bundle } = await lab.client.info()
    expect((await lab.run(['node', 'env', 'web-1'])).stdout).toBe(
      `KONTENA_URI=${lab.master.url.replace('http', 'ws')}
KONTENA_NODE_TOKEN=a-token-of-16-characters
KONTENA_NODE_NAME=web-1
KONTENA_AGENT_SHA256=${bundle}
`,
    )
    expect((await lab.run(['node', 'env', 'web-1', '--token'])).stdout).toBe(
      'a-token-of-16-characters\n',
    )
  })

  it('names the file with the pinned authority, and prints what is to stand in it', async () => {
    await lab.client.createNode('prod', { name: 'web-1', token: 'a-token-of-16-characters' })
    await lab.writeConfig({ grid: 'prod', ca: 'PEM\n' })

    const { stdout, stderr } = await lab.run(['node', 'env', 'web-1'])

    expect(stdout).toContain('SSL_CERT_FILE=/etc/kontena/ca.pem\n')
    expect(stderr).toContain('kontena node env web-1 --ca')
    expect((await lab.run(['node', 'env', 'web-1', '--ca'])).stdout).toBe('PEM\n')
    expect(JSON.parse((await lab.run(['node', 'env', 'web-1', '--ca', '--json'])).stdout)).toEqual({
      ca: 'PEM\n',
    })
  })

  it('says that no authority is pinned where none is', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { code, stdout, stderr } = await lab.run(['node', 'env', 'web-1', '--ca'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('no CA of this master is pinned')
  })

  it.each(['env', 'script', 'compose'])(
    'is not to be had as %s for a node whose machine made its own token',
    async (document) => {
      await enrol(lab, 'prod', 'web-1')
      const { code, stdout, stderr } = await lab.run(['node', document, 'web-1'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('Node web-1 has a token that only its machine knows')
      expect(stderr).toContain('hint: machines of providers are set up by themselves')
    },
  )

  it.each(['env', 'script', 'compose'])(
    'is not to be had as %s for a node without a token, and says how to give it one',
    async (document) => {
      await lab.client.createNode('prod', { name: 'web-1', token: 'a-token-of-16-characters' })
      await lab.run(['node', 'reset-token', 'web-1', '--clear-token', '--force'])
      const { code, stderr } = await lab.run(['node', document, 'web-1'])
      expect(code).toBe(1)
      expect(stderr).toContain('Node web-1 was not created with a node token')
      expect(stderr).toContain('kontena node reset-token web-1')
    },
  )
})

describe('node rm', () => {
  it('removes a node whose name was typed', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const typed = { isTTY: true, input: ['web-1'] }
    expect(await lab.run(['node', 'rm', 'web-1'], typed)).toMatchObject({ code: 0 })
    expect(await lab.client.nodes('prod')).toEqual([])
  })

  it('removes several, each once', async () => {
    for (const name of ['a', 'b']) await lab.client.createNode('prod', { name })
    const { code, stdout } = await lab.run(['node', 'rm', 'a', 'b', 'a', '--force', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ removed: ['a', 'b'] })
  })

  it('names the command that takes a machine away with its node, even with --force', async () => {
    await enrol(lab, 'prod', 'web-1')
    const { code, stderr } = await lab.run(['node', 'rm', 'web-1', '--force'])
    expect(code).toBe(1)
    expect(stderr).toBe(
      ' [error] Node web-1 has a machine, aws i-0abc\n' +
        'hint: kontena aws node terminate web-1 --grid prod\n',
    )
    expect(await lab.client.nodes('prod')).toHaveLength(1)
  })

  it('removes nothing when a later name is wrong before it was asked for', async () => {
    await lab.client.createNode('prod', { name: 'a' })
    const { code } = await lab.run(['node', 'rm', 'missing', 'a', '--force'])
    expect(code).toBe(1)
    expect(await lab.client.nodes('prod')).toHaveLength(1)
  })

  it('keeps a node that is online with the grid token, since it would come back', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'by-hand')
    try {
      expect((await lab.run(['node', 'list'])).stdout).toMatch(/⊗ by-hand .* online \d+s/)
      const { code, stderr } = await lab.run(['node', 'rm', 'by-hand', '--force'])
      expect(code).toBe(1)
      expect(stderr).toBe(
        ' [error] Node by-hand is online and joined with the grid token, so it would come back\n' +
          'hint: stop its agent or its machine first\n',
      )
    } finally {
      await agent.stop()
    }
  })
})
