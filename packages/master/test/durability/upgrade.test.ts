import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMasterClient } from '@kontena/protocol'
import BetterSqlite from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { leaveReleasedDatabase, released } from '../fixtures/released-database.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { connect, type TestAgent } from '../fixtures/test-agent.ts'
import { isWhole } from './kill-rounds.ts'
import { end, type ServedMaster, serveMaster, spawnMaster } from './served-master.ts'

async function serve(dataDir: string): Promise<ServedMaster> {
  const master = await serveMaster(dataDir)
  onTestFinished(() => void master.process.kill('SIGKILL'))
  return master
}

/** Everything that a person can see of nodes and tokens, but for times and connections. */
async function everything({ url }: ServedMaster) {
  const api = openMasterClient({ url, version: '2.0.0', token: released.access })
  const nodes = await api.nodes('prod')
  return {
    uuid: (await api.info()).uuid,
    user: (await api.user()).email,
    gridToken: (await api.grid('prod')).token,
    nodeToken: (await api.nodeToken('prod', 'web-1')).token,
    nodes: nodes.map((node) => ({
      name: node.name,
      number: node.node_number,
      engine: node.node_id,
      labels: node.labels,
      availability: node.availability,
      hasToken: node.has_token,
      enrolment: node.enrolment,
      machine: node.machine?.id,
    })),
  }
}

const asItWas = {
  uuid: released.uuid,
  user: 'admin',
  gridToken: released.gridToken,
  nodeToken: released.nodeToken,
  nodes: [
    { name: 'web-1', number: 1, engine: 'ENGINE:1', labels: ['az=a'], hasToken: true },
    { name: 'web-2', number: 200, engine: 'ENGINE:2', availability: 'drain', hasToken: false },
    {
      name: 'web-3',
      number: 254,
      labels: ['provider=aws', 'az=eu-west-1a'],
      hasToken: true,
      enrolment: 'enrolled',
      machine: 'i-1',
    },
  ],
}

/** Two agents that were there before: one has a token of its own, the other that of the grid. */
async function joinBoth({ url }: ServedMaster): Promise<TestAgent[]> {
  const at = url.replace('http', 'ws')
  const time = { 'Kontena-Connected-At': undefined }
  const agents = await Promise.all([
    connect(at, {
      'Kontena-Node-Token': released.nodeToken,
      'Kontena-Node-Id': 'ENGINE:1',
      ...time,
    }),
    connect(at, {
      'Kontena-Grid-Token': released.gridToken,
      'Kontena-Node-Id': 'ENGINE:2',
      ...time,
    }),
  ])
  const told = await Promise.all(agents.map((agent) => agent.next('/agent/node_info')))
  expect(told).toMatchObject([
    { name: 'web-1', node_number: 1 },
    { name: 'web-2', node_number: 200 },
  ])
  return agents
}

function versionOf(dataDir: string): unknown {
  const raw = new BetterSqlite(join(dataDir, 'master.sqlite'))
  const version = raw.pragma('user_version', { simple: true })
  raw.close()
  return version
}

it('an upgrade that is killed, two agents and a master that is killed leave every node and token as it was', async () => {
  const dataDir = temporaryDirectory()
  leaveReleasedDatabase(dataDir)
  for (const moment of [120, 240, 360, 480]) {
    const upgrading = spawnMaster(dataDir)
    await sleep(moment)
    await end(upgrading)
    expect(isWhole(dataDir)).toBe(true)
    expect([2, 3]).toContain(versionOf(dataDir))
  }

  const first = await serve(dataDir)
  expect(first.code).toBe('undefined')
  expect(await everything(first)).toMatchObject(asItWas)
  const before = await everything(first)
  const agents = await joinBoth(first)
  await first.kill('SIGKILL')
  await Promise.all(agents.map((agent) => agent.closed))
  expect(isWhole(dataDir)).toBe(true)

  const second = await serve(dataDir)
  await joinBoth(second)
  expect(await everything(second)).toEqual(before)
  const machine = await connect(second.url.replace('http', 'ws'), {
    'Kontena-Node-Token': released.machineToken,
    'Kontena-Node-Id': 'ENGINE:3',
    'Kontena-Connected-At': undefined,
  })
  expect(await machine.next('/agent/node_info')).toMatchObject({ name: 'web-3', node_number: 254 })
})
