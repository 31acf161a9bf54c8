import { createHash } from 'node:crypto'
import {
  type BatchResult,
  type Call,
  isFailure,
  type MachineBatch,
  ProvisionError,
} from '@kontena/core'
import { type Claim, claimOf, formatId, parseClaim } from './claim.ts'
import type { Connection } from './connection.ts'
import type { Route } from './connections.ts'
import { agentThere, claimedBy, explainStep, failure } from './errors.ts'
import type { Hosts } from './hosts.ts'
import { readAnswer, runScript } from './remote-script.ts'
import { traceOf } from './routes.ts'
import { machineOf, readState } from './state.ts'
import { nameOf } from './target.ts'

const claimTimeout = 90_000

/** Claims a host for the batch's only node and starts its bootstrap, which needs no connection any more. */
export async function claimHost(
  hosts: Hosts,
  batch: MachineBatch,
  call: Call,
): Promise<BatchResult> {
  const route = await routeOf(hosts, batch)
  const name = nameOf(route.address)
  const connection = await hosts.connections.open(route, call)
  const { machine } = await readState(connection, name, call)
  const claim = claimOf(batch, formatId(route.address, machine, batch.token))
  // Before the claim: a command that dies now finds its machine by this.
  await hosts.memory.keep({ claim, at: Date.now(), ...traceOf(route) })
  try {
    await stake(connection, { claim, name, userData: batch.userData }, call)
  } catch (error) {
    const isUndone = isFailure(error) && !isFailure(error, 'UNAVAILABLE')
    if (isUndone) await hosts.memory.forget(claim.id)
    throw error
  }
  const state = { state: 'pending', reason: undefined } as const
  return { machines: [machineOf(claim, route.address, state)] }
}

async function stake(
  connection: Connection,
  { claim, name, userData }: { claim: Claim; name: string; userData: Uint8Array },
  call: Call,
): Promise<void> {
  const hash = createHash('sha256').update(userData).digest('hex')
  const { code, stdout, stderr } = await runScript(
    connection,
    {
      script: 'claim-host',
      args: [JSON.stringify(claim), claim.id, hash],
      payload: userData,
      timeout: claimTimeout,
    },
    call,
  )
  const answer = readAnswer(stdout)
  const other = parseClaim(answer('taken')[0])
  if (other !== undefined) throw failure(name, claimedBy(other))
  if (answer('agent').length > 0) throw failure(name, agentThere('one that no order made'))
  if (code !== 0 || answer('started').length === 0) {
    throw explainStep(name, 'start its bootstrap', stderr)
  }
}

/** A repeat goes to the host that the first try went to; other names take the hosts in their order. */
async function routeOf({ named, taken, memory }: Hosts, batch: MachineBatch): Promise<Route> {
  const [name = ''] = batch.names
  // Before anything is waited for: batches are asked for in their order, and may overtake each other then.
  const place = taken.includes(name) ? taken.indexOf(name) : taken.push(name) - 1
  const routes = await named()
  const before = (await memory.all()).find(({ claim }) => claim.token === batch.token)
  const again = routes.find(({ address }) =>
    before?.claim.id.startsWith(`${address.host}:${address.port}/`),
  )
  const route = again ?? routes[place]
  if (route !== undefined) return route
  throw new ProvisionError('NO_CAPACITY', `no host is left for ${name}`, {
    hint: 'name a further host with --host',
  })
}
