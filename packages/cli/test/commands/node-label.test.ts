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

describe('node label', () => {
  it('lists one label per line', async () => {
    expect(await lab.run(['node', 'label', 'list', 'web-1'])).toEqual({
      code: 0,
      stdout: 'az=a\nprovider=aws\n',
      stderr: '',
    })
    const { stdout } = await lab.run(['node', 'label', 'ls', 'web-1', '--json'])
    expect(JSON.parse(stdout)).toEqual(['az=a', 'provider=aws'])
  })

  it('adds to those that are there, each once, and says nothing', async () => {
    const argv = ['node', 'label', 'add', 'web-1', 'disk=ssd', 'az=a', 'gpu']
    expect(await lab.run(argv)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await labels()).toEqual(['az=a', 'provider=aws', 'disk=ssd', 'gpu'])
  })

  it('adds no label that could not be one', async () => {
    const { code, stderr } = await lab.run(['node', 'label', 'add', 'web-1', 'a b'])
    expect(code).toBe(2)
    expect(stderr).toContain('LABEL a b: must be key or key=value without blanks or commas')
    expect(await labels()).toEqual(['az=a', 'provider=aws'])
  })

  it.each(['rm', 'remove'])('%s takes labels off, and says nothing', async (verb) => {
    await lab.run(['node', 'label', 'add', 'web-1', 'gpu'])
    const argv = ['node', 'label', verb, 'web-1', 'gpu']
    expect(await lab.run(argv)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await labels()).toEqual(['az=a', 'provider=aws'])
  })

  it('takes nothing off where one is not there, unless that is forced', async () => {
    const argv = ['node', 'label', 'rm', 'web-1', 'az=a', 'gpu']
    expect(await lab.run(argv)).toEqual({
      code: 1,
      stdout: '',
      stderr: ' [error] Label(s) gpu not found on node\nhint: kontena node label list web-1\n',
    })
    expect(await labels()).toHaveLength(2)
    expect((await lab.run([...argv, '--force'])).code).toBe(0)
    expect(await labels()).toEqual(['provider=aws'])
  })

  it('warns where a node loses what its machine is found by', async () => {
    const { code, stderr } = await lab.run(['node', 'label', 'rm', 'web-1', 'provider=aws'])
    expect(code).toBe(0)
    expect(stderr).toContain('web-1 has no provider any more')
    expect(stderr).toContain('hint: kontena node label add web-1 provider=aws')
  })

  it('knows no other node', async () => {
    const { code, stderr } = await lab.run(['node', 'label', 'add', 'web-9', 'a'])
    expect(code).toBe(1)
    expect(stderr).toContain('grid prod has no node web-9')
  })
})
