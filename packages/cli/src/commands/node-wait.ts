import { isFailure, ProvisionError, poll, withNodeRecords } from '@kontena/core'
import { MasterError, type Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { formatDuration, parseDuration } from '../options/duration.ts'
import { printable } from '../output/printable.ts'

const goals = ['online', 'drained', 'offline'] as const
type Goal = (typeof goals)[number]

export interface NodeWaitOptions {
  names: readonly string[]
  until?: string
  timeout?: string
  grid?: string
}

/** Milliseconds between looks at what the master told, and at the time. */
const interval = 1_000

/**
 * Waits until nodes are in a state, and tells of each when it is. Rejects with `TIMED_OUT` where some are
 * not in time, and at once for what waiting does not help.
 */
export async function waitForNodes(options: NodeWaitOptions, context: Context): Promise<void> {
  const goal = parseGoal(options.until ?? 'online')
  const timeout = parseDuration(options.timeout ?? '10m', '--timeout')
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const names = [...new Set(options.names)]
  const waiting = new Map<string, Node>()
  for (const name of names) {
    const node = await findNode(session, grid, name, context.signal)
    waiting.set(node.name, node)
  }
  const see = (nodes: readonly Node[]): true | undefined => {
    for (const node of recordsOf(waiting, nodes, grid)) {
      refuseToWait(node, goal)
      waiting.set(node.name, node)
      if (!isReached(node, goal)) continue
      waiting.delete(node.name)
      tell(node, goal, context)
    }
    return waiting.size === 0 ? true : undefined
  }
  if (see([...waiting.values()])) return
  const awaited = [...waiting.keys()].map(printable).join(', ')
  // Who looks at a terminal wants to know that nothing hangs.
  if (context.live) {
    context.say(`Waiting ${formatDuration(timeout)} at most until ${goal}: ${awaited}`)
  }
  const { client: master } = session
  const { signal } = context
  const reason = () => [...waiting.keys()].join(', ')
  const deadline = Date.now() + timeout
  const watched = { master, grid, names: [...waiting.keys()], signal }
  const reached = withNodeRecords(watched, ({ read, pause }) =>
    poll({ reason, every: interval, timeout, signal, pause }, async () => {
      // Whoever is late gets a last look.
      const nodes = await answered(read(Date.now() >= deadline))
      return nodes && see(nodes)
    }),
  )
  await reached.catch((error: unknown) => {
    throw isFailure(error, 'TIMED_OUT') ? late([...waiting.values()], { goal, timeout }) : error
  })
}

function parseGoal(text: string): Goal {
  const goal = goals.find((each) => each === text)
  if (goal !== undefined) return goal
  throw new ProvisionError('BAD_OPTIONS', `--until ${text}: must be one of ${goals.join(', ')}`)
}

/** The nodes that are still waited for, as they are now. */
function recordsOf(
  waiting: ReadonlyMap<string, Node>,
  nodes: readonly Node[],
  grid: string,
): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  return [...waiting.keys()].map((name) => {
    const node = byName.get(name)
    if (node !== undefined) return node
    throw new ProvisionError('NOT_FOUND', `node ${name} was removed from grid ${grid}`)
  })
}

function isReached(node: Node, goal: Goal): boolean {
  switch (goal) {
    case 'online':
      return node.status === 'online' || node.status === 'drain'
    case 'offline':
      return !node.connected
    case 'drained':
      return node.drained === true
  }
}

/** Some nodes will never be drained, however long one waits. */
function refuseToWait(node: Node, goal: Goal): void {
  const { name, availability, drained, status } = node
  if (goal !== 'drained') return
  if (availability !== 'drain') {
    throw new ProvisionError('BAD_OPTIONS', `node ${name} is not to be drained`, {
      hint: `kontena node update ${name} --availability drain`,
    })
  }
  if (status === 'drain' && drained === null && node.docker_version == null) {
    throw new ProvisionError('NOT_SUPPORTED', `${name} has no Docker that could tell what runs`, {
      hint: `see what its agent says: kontena node health ${name}`,
    })
  }
  if (status === 'drain' && drained === null) {
    throw new ProvisionError('NOT_SUPPORTED', `the agent of ${name} does not count services`, {
      hint: 'agents from 2.0 on do; of an older one, only the host knows what runs on it',
    })
  }
}

function tell({ name, status, drained }: Node, goal: Goal, context: Context): void {
  if (context.json) context.printJson({ type: 'reached', name, until: goal, status, drained })
  else context.print(`${printable(name)} is ${goal}`)
}

function late(
  nodes: readonly Node[],
  { goal, timeout }: { goal: Goal; timeout: number },
): ProvisionError {
  const states = nodes.map((node) => `${node.name} (${stateOf(node, goal)})`).join(', ')
  const [first] = nodes
  return new ProvisionError(
    'TIMED_OUT',
    `not ${goal} after ${formatDuration(timeout)}: ${states}`,
    { hint: first && `kontena node show ${first.name}` },
  )
}

function stateOf({ status, service_containers: running }: Node, goal: Goal): string {
  if (goal !== 'drained' || running === null) return status
  return `${status}, ${running} service ${running === 1 ? 'container' : 'containers'}`
}

/** A master that restarts is no reason to give up. */
async function answered(
  request: Promise<readonly Node[] | undefined>,
): Promise<readonly Node[] | undefined> {
  try {
    return await request
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'unreachable') return undefined
    throw error
  }
}
