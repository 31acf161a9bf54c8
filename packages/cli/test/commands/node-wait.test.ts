import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { joinAs } from '../fake-agent.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

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

const wait = (...argv: string[]) => lab.run(['node', 'wait', ...argv])

describe('node wait', () => {
  it('tells of each as it is reached', async () => {
    const first = await joinAs(lab, 'web-1', { health: true })
    const later = await joinAs(lab, 'web-2', { health: true })
    await later.leave()
    const waited = wait('web-1', 'web-2', '--timeout', '20s')
    const back = await joinAs(lab, 'web-2', { health: true })
    expect(await waited).toEqual({
      code: 0,
      stdout: 'web-1 is online\nweb-2 is online\n',
      stderr: '',
    })
    await Promise.all([first.leave(), back.leave()])
  })

  it('waits for nodes to go offline, and says nothing else with --json', async () => {
    const agent = await joinAs(lab, 'web-1', { health: true })
    const waited = wait('web-1', '--until', 'offline', '--json', '--timeout', '20s')
    await agent.leave()
    const { code, stdout } = await waited
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      type: 'reached',
      name: 'web-1',
      until: 'offline',
      status: 'offline',
      drained: null,
    })
  })

  it('waits until the last service has left a node that is drained', async () => {
    const agent = await joinAs(lab, 'web-1', { health: true })
    await agent.count(2)
    await lab.client.updateNode('prod', 'web-1', { availability: 'drain' })
    const short = await wait('web-1', '--until', 'drained', '--timeout', '1s')
    expect(short).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not drained after 1s: web-1 (drain, 2 service containers)'),
    })
    const waited = wait('web-1', '--until', 'drained', '--timeout', '20s')
    await agent.count(0)
    expect(await waited).toMatchObject({ code: 0, stdout: 'web-1 is drained\n' })
    await agent.leave()
  })

  it('does not wait for what cannot be', async () => {
    const agent = await joinAs(lab, 'web-1', { health: true }, { ServerVersion: '17.06.2-ce' })
    expect(await wait('web-1', '--until', 'drained')).toMatchObject({
      code: 2,
      stderr:
        ' [error] node web-1 is not to be drained\nhint: kontena node update web-1 --availability drain\n',
    })
    await lab.client.updateNode('prod', 'web-1', { availability: 'drain' })
    expect(await wait('web-1', '--until', 'drained')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the agent of web-1 does not count services'),
    })
    const old = await lab.run(['node', 'show', 'web-1'])
    expect(old.stdout).toContain('drained: unknown, since its agent does not say\n')
    await agent.leave()
  })

  it('does not wait for services to leave a host without Docker, which nobody can count', async () => {
    const agent = await joinAs(lab, 'web-1', { health: true })
    await lab.client.updateNode('prod', 'web-1', { availability: 'drain' })
    expect(await wait('web-1', '--until', 'drained')).toMatchObject({
      code: 1,
      stderr:
        ' [error] web-1 has no Docker that could tell what runs\n' +
        'hint: see what its agent says: kontena node health web-1\n',
    })
    const shown = await lab.run(['node', 'show', 'web-1'])
    expect(shown.stdout).toContain('drained: unknown, since there is no Docker to ask\n')
    await agent.leave()
  })

  it('tells a person at a terminal what it waits for', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { stdout } = await lab.run(['node', 'wait', 'web-1', '--timeout', '1s'], { isTTY: true })
    expect(stdout).toContain('Waiting 1s at most until online: web-1\n')
  })

  it('names those that are not there in time', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    expect(await wait('web-1', '--timeout', '1s')).toMatchObject({
      code: 1,
      stderr: ' [error] not online after 1s: web-1 (created)\nhint: kontena node show web-1\n',
    })
  })

  it('ends when a node is removed', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const waited = wait('web-1', '--timeout', '20s')
    setTimeout(() => void lab.client.removeNode('prod', 'web-1'), 300)
    expect(await waited).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/node web-1 was removed from grid prod|no node web-1/),
    })
  })

  it('needs nodes that are there', async () => {
    expect(await wait('nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('grid prod has no node nobody'),
    })
  })

  it.each([
    [['web-1', '--until', 'happy'], '--until happy: must be one of online, drained, offline'],
    [['web-1', '--timeout', '10'], '--timeout 10 is not a duration'],
  ])('refuses %j', async (argv, message) => {
    expect(await wait(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})
