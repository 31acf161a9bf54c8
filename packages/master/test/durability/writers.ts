import { randomBytes } from 'node:crypto'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
import { connect } from '../fixtures/test-agent.ts'
import { enrolment } from '../fixtures/test-master.ts'
import type { Ledger } from './ledger.ts'

export interface WritersOptions {
  readonly url: string
  readonly token: string
  readonly ledger: Ledger
  /** A grid for what these writers make. */
  readonly grid: string
  readonly random: () => number
}

interface Writing extends WritersOptions {
  readonly api: MasterClient
  readonly gridToken: string
}

/** Writes all that a master stores, from all sides at once, until it answers no more. Rejects for any other reason. */
export async function writeUntilKilled(options: WritersOptions): Promise<void> {
  const { url, token, ledger, grid } = options
  const api = openMasterClient({ url, token, version: '2.0.0' })
  const writing = { ...options, api, gridToken: secret() }
  await untilGone(async () => {
    ledger.ask(`grid ${grid}`, writing.gridToken)
    await api.createGrid({ name: grid, token: writing.gridToken })
    ledger.acknowledge(`grid ${grid}`, writing.gridToken)
    await Promise.all([
      nodes(writing, 'a'),
      nodes(writing, 'b'),
      enrolments(writing),
      agents(writing),
      accessTokens(writing),
    ])
  })
}

/** Makes nodes, changes them, and removes some. */
async function nodes({ api, grid, ledger, random }: Writing, writer: string): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `${writer}-${count}`
    const node = `node ${grid}/${name}`
    const token = `token ${grid}/${name}`
    const first = secret()
    ledger.ask(node, '[]')
    ledger.ask(token, first)
    await api.createNode(grid, { name, token: first })
    ledger.acknowledge(node, '[]')
    ledger.acknowledge(token, first)
    for (let change = 0; change < 3; change += 1) {
      const labels = [`change=${change}`]
      ledger.ask(node, JSON.stringify(labels))
      await api.updateNode(grid, name, { labels })
      ledger.acknowledge(node, JSON.stringify(labels))
    }
    if (random() < 0.3) {
      ledger.ask(node, undefined)
      ledger.ask(token, undefined)
      await api.removeNode(grid, name)
      ledger.acknowledge(node, undefined)
      ledger.acknowledge(token, undefined)
    } else {
      const value = secret()
      ledger.ask(token, value)
      await api.setNodeToken(grid, name, { token: value })
      ledger.acknowledge(token, value)
    }
  }
}

/** Orders a node and enrols its machine. */
async function enrolments({ api, url, grid, ledger }: Writing): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `machine-${count}`
    const order = ulid()
    const orderSecret = randomBytes(32).toString('hex')
    const nodeToken = randomBytes(32).toString('hex')
    const thing = `enrolment ${grid}/${name}`
    ledger.ask(thing, 'pending')
    await api.createEnrolment(grid, {
      order,
      secret: orderSecret,
      expires_in: 600,
      nodes: [{ name }],
    })
    ledger.acknowledge(thing, 'pending')
    ledger.ask(thing, 'enrolled')
    const machine = { provider: 'aws', account: '1', region: 'r', id: `${grid}-${count}`, order }
    const body = JSON.stringify(enrolment({ secret: orderSecret, name, nodeToken, machine }))
    const reply = await fetch(`${url}/v1/enrol`, { method: 'POST', body })
    if (reply.status !== 204) throw new Error(`enrolment got ${reply.status}`)
    ledger.acknowledge(thing, 'enrolled')
  }
}

/** Joins with the token of the grid; the agent has been told its number once it has its news. */
async function agents({ url, grid, gridToken, ledger }: Writing): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `host-${count}`
    const agent = await connect(url.replace('http', 'ws'), {
      'Kontena-Grid-Token': gridToken,
      'Kontena-Node-Id': `${grid}:${name}`,
      'Kontena-Node-Name': name,
      'Kontena-Connected-At': undefined,
    })
    const told: unknown = await agent.next('/agent/node_info')
    ledger.acknowledge(`number ${grid}/${name}`, String(Object(told).node_number))
    await agent.leave()
  }
}

async function accessTokens({ api, ledger }: Writing): Promise<void> {
  for (;;) {
    const { access_token: made } = await api.createToken({ scope: 'user', expires_in: 0 })
    ledger.acknowledge(`access ${made}`, 'good')
  }
}

/** A connection that breaks is what killing a master looks like from here. */
async function untilGone(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!looksGone(error)) throw error
  }
}

function looksGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const kind = 'kind' in error ? error.kind : undefined
  return (
    kind === 'unreachable' ||
    error instanceof TypeError ||
    /ECONNREFUSED|ECONNRESET|socket hang up|the connection is closed/.test(error.message)
  )
}

function secret(): string {
  return randomBytes(32).toString('base64')
}

/** Crockford's base 32, as orders are called; one of its time does not matter here. */
function ulid(): string {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  return `0${[...randomBytes(25)].map((byte) => letters[byte % 32]).join('')}`
}
