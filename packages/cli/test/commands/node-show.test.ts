import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { enrol, joinWithGridToken, openTestMaster, type TestMaster } from '../test-master.ts'

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
    const said = drained === null ? 'unknown, since its agent does not say' : 'yes'
    expect(await show('by-hand')).toContain(`  availability: drain\n  drained: ${said}\n`)
  })

  it('says how far the machine of a node has come', async () => {
    await enrol(lab, 'prod', 'web-1')
    expect(await show('web-1')).toContain('  enrolment: a machine has the node\n  machine:\n')
    await enrol(lab, 'prod', 'web-2', { isContested: true, machine: { id: 'i-2' } })
    expect(await show('web-2')).toContain('  enrolment: contested: a second machine tried')
  })
})
