import { join } from 'node:path'
import { startAgent } from '@kontena/agent'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  bringOnline,
  enrol,
  joinWithGridToken,
  openTestMaster,
  type TestMaster,
} from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod', initial_size: 3, token: 'grid-token' })
  await lab.writeConfig({ grid: 'prod' })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const node of await lab.client.nodes('prod')) await lab.client.removeNode('prod', node.name)
})

const show = async (name: string) => (await lab.run(['node', 'show', name])).stdout

describe('node show', () => {
  it('says what an online node has, as 1.5 did', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'by-hand')
    onTestFinished(() => agent.stop())
    const text = await show('by-hand')
    expect(text).toMatch(/^prod\/by-hand:\n {2}id: \S+\n {2}agent version: \d+\.\d+\.\d+\n/)
    expect(text).toMatch(/^ {2}connected: yes\n {2}last connect: \d{4}-\d\d-\d\dT.*Z$/m)
    expect(text).toMatch(/^ {2}overlay ip: 10\.81\.0\.\d+\n {2}os: \S+/m)
    expect(text).not.toMatch(/drained|rejection|enrolment/)
  })

  it('says of a node whose services are to leave whether they have', async () => {
    const agent = await joinWithGridToken(lab, 'prod', 'by-hand')
    onTestFinished(() => agent.stop())
    await lab.client.updateNode('prod', 'by-hand', { availability: 'drain' })
    const { drained } = await lab.client.node('prod', 'by-hand')
    const said = drained === null ? 'unknown, since there is no Docker to ask' : 'yes'
    expect(await show('by-hand')).toContain(`  availability: drain\n  drained: ${said}\n`)
  })

  it('says how far the machine of a node has come', async () => {
    await enrol(lab, 'prod', 'web-1')
    expect(await show('web-1')).toContain('  enrolment: a machine has the node\n  machine:\n')
    await enrol(lab, 'prod', 'web-2', { isContested: true, machine: { id: 'i-2' } })
    expect(await show('web-2')).toContain('  enrolment: contested: a second machine tried')
  })

  it('says which agent was turned away last, and why', async () => {
    const environment = { KONTENA_NODE_TOKEN: 'a-token-of-16-characters' }
    await lab.client.createNode('prod', { name: 'web-1', token: environment.KONTENA_NODE_TOKEN })
    const first = await bringOnline(lab, { grid: 'prod', name: 'web-1', environment })
    await first.stop()
    await vi.waitFor(async () => expect((await node()).status).toBe('offline'))
    const second = startAgent(
      {
        ...environment,
        KONTENA_URI: lab.master.url,
        KONTENA_NODE_ID: Array.from({ length: 12 }, () => 'ABCD').join(':'),
        KONTENA_NODE_NAME: 'web-1',
        KONTENA_DOCKER_SOCKET: join(lab.folder, 'no-docker.sock'),
        KONTENA_STATE_DIR: lab.folder,
      },
      { write: () => undefined },
    )
    onTestFinished(() => second.stop())
    await vi.waitFor(async () => expect((await node()).rejection?.code).toBe(4003), {
      timeout: 20_000,
    })
    expect(await show('web-1')).toMatch(/^ {2}last rejection: 2\S+Z with 4003: .*different node/m)
  })
})

const node = () => lab.client.node('prod', 'web-1')
