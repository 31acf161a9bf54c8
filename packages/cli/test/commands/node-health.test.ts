import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinAs } from '../fake-agent.ts'
import { joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod', initial_size: 1 })
  await lab.writeConfig({ grid: 'prod' })
})
afterAll(() => lab.close())

describe('node health', () => {
  it('of a 1.5 agent with a healthy etcd is in the words of 1.5', async () => {
    const agent = await joinAs(lab, 'old', { health: true })
    const { code, stdout } = await lab.run(['node', 'health', 'old'])
    expect(code).toBe(0)
    expect(stdout.replace(/\d+s$/m, '1s')).toBe(
      '⊛ Node is online for 1s\n⊛ Node old etcd is healthy\n',
    )
    await agent.leave()
  })

  it('ends with 1 where etcd is not well', async () => {
    const agent = await joinAs(lab, 'old', { error: 'no leader' })
    const { code, stdout, stderr } = await lab.run(['node', 'health', 'old'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('\n⊗ Node old etcd is unhealthy: no leader\n')
    await agent.leave()
  })

  it('names what an agent of ours found wrong, and where to ask further', async () => {
    const checks = [
      { name: 'docker', ok: true, message: 'Docker 27.0 answers' },
      { name: 'disk', ok: false, message: '/var/lib/docker is 95 % full\u001b[2J' },
    ]
    const agent = await joinAs(lab, 'web-1', { health: false, checks })
    const { code, stdout } = await lab.run(['node', 'health', 'web-1'])
    expect(code).toBe(1)
    expect(stdout.split('\n').slice(1)).toEqual([
      '⊗ Node web-1 is unhealthy',
      '⊗ disk: /var/lib/docker is 95 % full\\x1b[2J',
      'hint: its agent can say more: kontena node ssh web-1 -- sudo docker exec kontena-agent node /opt/kontena/agent.mjs doctor',
      '',
    ])
    const json = await lab.run(['node', 'health', 'web-1', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ etcd_health: { health: false }, checks })
    await agent.leave()
  })

  it('is what the agent of a host without Docker finds', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'by-hand')
    try {
      const { code, stdout } = await lab.run(['node', 'health', 'by-hand'])
      expect(code).toBe(1)
      expect(stdout).toContain('⊗ Node by-hand is unhealthy\n⊗ docker: no Docker at ')
      expect(stdout).toMatch(/\nhint: .*: kontena node ssh by-hand -- systemctl status docker\n$/)
    } finally {
      await agent.stop()
    }
  })

  it('says that a node is drained, though it is well', async () => {
    const agent = await joinAs(lab, 'web-1', { health: true, checks: [] })
    await lab.client.updateNode('prod', 'web-1', { availability: 'drain' })
    expect(await lab.run(['node', 'health', 'web-1'])).toEqual({
      code: 0,
      stdout: '⊙ Node is drain\n⊛ Node web-1 is healthy\n',
      stderr: '',
    })
    await agent.leave()
  })

  it('says how the connection ended, where there is none', async () => {
    await (await joinAs(lab, 'gone', {})).leave()
    const { code, stdout } = await lab.run(['node', 'health', 'gone'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^⊝ Node prod\/gone connection error: Websocket disconnected at [-\d]+ [:\d]+ UTC with code \d+: \n$/,
    )
    const json = await lab.run(['node', 'health', 'gone', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      id: 'prod/gone',
      errors: { connection: expect.stringContaining('Websocket disconnected') },
    })
  })

  it('names the command that lists nodes when there is none of that name', async () => {
    const { code, stderr } = await lab.run(['node', 'health', 'web-9'])
    expect(code).toBe(1)
    expect(stderr).toBe(
      ' [error] grid prod has no node web-9\nhint: kontena node list --grid prod\n',
    )
  })
})
