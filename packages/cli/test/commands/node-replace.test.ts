import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { joinAs } from '../fake-agent.ts'
import { enrol, openTestMaster, type TestMaster } from '../test-master.ts'

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

const replace = (...argv: string[]) => lab.run(['node', 'replace', ...argv])
const token = 'the token of the next machine'

describe('node replace', () => {
  it('gives the node another token, and tells what to run next', async () => {
    await lab.client.createNode('prod', { name: 'web-1', labels: ['az=a'] })
    const { token: before } = await lab.client.nodeToken('prod', 'web-1')
    const { code, stdout } = await replace('web-1', '--force')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `* Replacing the machine of web-1 node..
* Replacing the machine of web-1 node.. done
Print what makes the node of the next machine with: kontena node script web-1 --grid prod; or its environment with: kontena node env web-1 --grid prod
`,
    })
    expect((await lab.client.nodeToken('prod', 'web-1')).token).not.toBe(before)
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({ labels: ['az=a'] })
  })

  it('takes a token of your own', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { stdout, stderr } = await replace('web-1', '--force', '--token', token, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ name: 'web-1', node_id: null })
    expect(stdout + stderr).not.toContain(token)
    expect(await lab.client.nodeToken('prod', 'web-1')).toMatchObject({ token })
  })

  it('cuts off an agent that is connected, and keeps its number', async () => {
    await joinAs(lab, 'web-1', { health: true })
    const { node_number: number } = await lab.client.node('prod', 'web-1')
    expect((await replace('web-1', '--force')).code).toBe(0)
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({
      connected: false,
      has_token: true,
      node_number: number,
    })
  })

  it('asks first', async () => {
    await lab.client.createNode('prod', { name: 'web-1' })
    const { token: before } = await lab.client.nodeToken('prod', 'web-1')
    const unasked = await replace('web-1')
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') })
    expect((await lab.client.nodeToken('prod', 'web-1')).token).toBe(before)
  })

  it('names the command that ends the machine of a provider', async () => {
    await enrol(lab, 'prod', 'web-1', { labels: ['provider=aws'] })
    expect(await replace('web-1', '--force')).toMatchObject({
      code: 1,
      stderr:
        ' [error] Node web-1 has a machine, aws i-0abc\nhint: kontena aws node replace web-1 --grid prod\n',
    })
    expect(await lab.client.node('prod', 'web-1')).toMatchObject({ machine: { id: 'i-0abc' } })
  })

  it.each([
    [['web-1', '--token', 'short'], 2, '--token: must be of length 16 or more'],
    [['nobody', '--force'], 1, 'grid prod has no node nobody'],
  ])('refuses %j', async (argv, code, message) => {
    await lab.client.createNode('prod', { name: 'web-1' })
    expect(await replace(...argv)).toMatchObject({
      code,
      stderr: expect.stringContaining(message),
    })
  })
})
