import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { enrol, joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

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

describe('node reset-token', () => {
  const reset = (...flags: string[]) => lab.run(['node', 'reset-token', 'web-1', ...flags])
  const token = async () => (await lab.client.nodeToken('prod', 'web-1')).token

  it('makes a new token, shows it nowhere and says what to do next', async () => {
    const before = await token()
    const { code, stdout } = await reset('--force')
    expect(code).toBe(0)
    expect(stdout).toBe(
      '* Resetting node web-1 websocket connection token..\n' +
        '* Resetting node web-1 websocket connection token.. done\n' +
        'Print the new environment with: kontena node env web-1; give it to the agent, and start that again\n',
    )
    expect(await token()).not.toBe(before)
    expect(stdout).not.toContain(await token())
  })

  it('takes the token that is given, unless it is too short', async () => {
    await reset('--force', '--token', 'a-token-of-16-characters')
    expect(await token()).toBe('a-token-of-16-characters')
    const { code, stderr } = await reset('--force', '--token', 'short-one')
    expect(code).toBe(2)
    expect(stderr).toContain('--token: must be of length 16 or more')
    expect(stderr).not.toContain('short-one')
  })

  it('asks first, and does nothing without a yes', async () => {
    const before = await token()
    const no = await lab.run(['node', 'reset-token', 'web-1'], { isTTY: true, input: ['n'] })
    expect(no.code).toBe(1)
    expect(no.stdout).toContain('> The agent of web-1 is disconnected now, and stays away')
    expect(no.stderr).toContain('Aborted command.')
    const script = await reset()
    expect(script.code).toBe(2)
    expect(script.stderr).toContain('Command requires --force')
    expect(await token()).toBe(before)
    const yes = await lab.run(['node', 'reset-token', 'web-1'], { isTTY: true, input: [''] })
    expect(yes.code).toBe(0)
    expect(await token()).not.toBe(before)
  })

  it('disconnects the agent, or leaves it as it is', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'grid-1')
    const argv = ['node', 'reset-token', 'grid-1', '--force']
    expect((await lab.run([...argv, '--no-reset-connection'])).code).toBe(0)
    expect(await lab.client.node('prod', 'grid-1')).toMatchObject({ connected: true })
    expect((await lab.run(argv)).code).toBe(0)
    await vi.waitFor(async () =>
      expect(await lab.client.node('prod', 'grid-1')).toMatchObject({ connected: false }),
    )
    await agent.stop()
  })

  it('tells where the token of a machine goes, which can be shown by then', async () => {
    await enrol(lab, 'prod', 'cloud-1', { labels: ['provider=aws'] })
    const { stdout } = await lab.run(['node', 'reset-token', 'cloud-1', '--force'])
    expect(stdout).toContain('/etc/kontena-agent.env on the machine')
    const { code, stdout: env } = await lab.run(['node', 'env', 'cloud-1'])
    expect(code).toBe(0)
    expect(env).toMatch(/^KONTENA_NODE_TOKEN=.{80,}$/m)
  })

  it('clears the token', async () => {
    const { code, stdout } = await reset('--force', '--clear-token')
    expect(code).toBe(0)
    expect(stdout).toContain('kontena grid env')
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({ has_token: false })
  })
})
