import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { agentBundle } from './master-lab.ts'
import { create, nothingLeft, terminate, traces } from './transcript.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})
afterAll(async () => {
  await lab.kontena(terminate(...names))
  expect(await traces(lab)).toMatchObject(nothingLeft)
  await lab.close()
})

const names = ['web-1', 'web-2', 'web-3']
const agent = readFileSync(agentBundle, 'utf8')
const agentOf = (version: string): Buffer => Buffer.from(agent.replace('2.0.0', version))

/** Versions of the agents that are online. */
async function versions(): Promise<unknown[]> {
  const nodes = await lab.master.nodes(lab.grid)
  return nodes.flatMap((node) => (node.status === 'online' ? [node.agent_version] : []))
}

it('agents become what a newer master hands out, and come back from one that crashes', async () => {
  await lab.kontena(create('web', '--count', '3'))
  expect(await versions()).toEqual(['2.0.0', '2.0.0', '2.0.0'])

  // It takes no agent of another minor version than its own.
  await lab.upgrade({ version: '2.1.0', agentBundle: agentOf('2.1.0') })
  await expect.poll(versions, { timeout: 30_000, interval: 200 }).toEqual(names.map(() => '2.1.0'))
  expect((await lab.kontena(['node', 'list'])).stdout).toMatch(/web-3 .*2\.1\.0/)

  await lab.upgrade({ version: '2.1.0', agentBundle: Buffer.from('throw new Error("a bug")') })
  await expect.poll(versions, { timeout: 30_000, interval: 50 }).toEqual([])
  await expect.poll(versions, { timeout: 30_000, interval: 200 }).toEqual(names.map(() => '2.1.0'))
}, 90_000)
