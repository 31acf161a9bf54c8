import { endsAgent, type MasterGreeting, type NodeInfo } from '@kontena/protocol'
import { reconnectDelay } from './connection/backoff.ts'
import { runSession, type SessionEnd, type SessionOptions } from './connection/session.ts'
import { readTrust } from './connection/trust.ts'
import { readEnvironment, type Settings, type Variables } from './environment.ts'
import { openHost } from './host/host.ts'
import { openCure } from './identity/cure.ts'
import { type NodeId, openNodeId } from './identity/node-id.ts'
import { openLog, type Write } from './log.ts'
import { type Pace, usualPace } from './pace.ts'
import { type Places, usualPlaces } from './places.ts'
import { reasonOf } from './reason-of.ts'
import { passes } from './repeat.ts'
import { type Follower, openFollower } from './update/follow.ts'
import type { Bundle } from './update/replace-agent.ts'
import { agentVersion } from './version.ts'

export interface AgentOptions {
  /** Takes the log; standard output where absent. */
  readonly write?: Write
  /** A number from 0 to 1, 1 excluded. */
  readonly random?: () => number
  /** Resolves to whether this time passed without the signal. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<boolean>
  readonly pace?: Partial<Pace>
  /** Where it looks at its host, if not at the usual places. */
  readonly places?: Partial<Places>
  /** This agent as a file that may be replaced; without it, the agent stays what it is. */
  readonly bundle?: Bundle
}

export interface Agent {
  /** Says goodbye to the master and resolves when all is closed. May be called again. */
  stop(): Promise<void>
  /** Resolves to the exit code of the agent's process: 0 when it was stopped or replaced. Never rejects. */
  readonly stopped: Promise<number>
}

/** Starts an agent with the variables of its environment. Several may run in one process. */
export function startAgent(environment: Variables, options: AgentOptions = {}): Agent {
  const stopping = new AbortController()
  const stopped = run(environment, options, stopping.signal)
  return {
    stopped,
    async stop() {
      stopping.abort()
      await stopped
    },
  }
}

async function run(
  environment: Variables,
  options: AgentOptions,
  signal: AbortSignal,
): Promise<number> {
  const write: Write = options.write ?? ((line) => process.stdout.write(line))
  const read = readEnvironment(environment)
  if ('problems' in read) {
    const log = openLog('kontena-agent', 'error', write)
    for (const problem of read.problems) log('error', `Configuration error: ${problem}`)
    return 1
  }
  const { settings } = read
  const log = openLog(settings.nodeName, settings.logLevel, write)
  for (const warning of read.warnings) log('warn', warning)
  // No level hides this one.
  if (!settings.trust.verifies) log('error', unverified)
  const ended = new AbortController()
  try {
    const pace = { ...usualPace, pong: settings.pong, ...options.pace }
    const trust = await readTrust(settings.trust)
    const { url, updateSpread: spread } = settings
    const places = { ...usualPlaces(environment), ...options.places }
    const context = { bundle: undefined, ...options, places, pace, trust, log }
    const running = AbortSignal.any([signal, ended.signal])
    const follower = openFollower({ ...context, url, spread, signal: running })
    const over = AbortSignal.any([running, follower.replaced])
    const prepared = await prepare(settings, { ...context, follower, signal: over })
    const code = await stayConnected(prepared, { ...options, follower })
    await prepared.settled()
    return code
  } catch (error) {
    log('error', reasonOf(error))
    return 1
  } finally {
    // What keeps an eye on the host ends too, whatever the agent ended of.
    ended.abort()
  }
}

interface PrepareOptions extends Pick<SessionOptions, 'pace' | 'trust' | 'log' | 'signal'> {
  readonly places: Places
  readonly bundle: Bundle | undefined
  readonly follower: Follower
}

interface Prepared {
  /** What stays the same from one connection to the next. */
  readonly session: Omit<SessionOptions, 'nodeId'>
  readonly nodeId: NodeId
  /** Resolves once nothing is being written any more. */
  settled(): Promise<unknown>
}

async function prepare(
  settings: Settings,
  { bundle, follower, places, ...context }: PrepareOptions,
): Promise<Prepared> {
  const { log } = context
  const file = bundle === undefined ? '' : `, as ${bundle.hash.slice(0, 12)}`
  log('info', `kontena-agent ${agentVersion} starts${file}`)
  const host = await openHost(settings, places, context)
  const nodeId = await openNodeId({
    given: settings.nodeId,
    docker: host.docker?.ID || undefined,
    stateFolder: settings.stateFolder,
    sys: places.sys,
    log,
  })
  let noted = Promise.resolve()
  const session = {
    ...context,
    settings,
    labels: settings.labels.length > 0 ? settings.labels : (host.docker?.Labels ?? []),
    readInfo: host.readInfo,
    takeStatistics: host.takeStatistics,
    methods: host.methods,
    bell: host.bell,
    onTime: host.clock.hear,
    onNodeInfo(node: NodeInfo) {
      noted = nodeId.accepted(isOurs(node, settings))
      host.hearNode(node)
    },
    onGreeting: ({ agent_bundle: hash }: MasterGreeting) => follower.hear(hash),
    onOnline: follower.online,
  }
  return { session, nodeId, settled: () => Promise.all([noted, host.settled()]) }
}

const unverified =
  'KONTENA_SSL_VERIFY=false: whoever answers in place of the master is given the token of this node. Pin its certificate authority with SSL_CERT_FILE instead'

/** Connects again and again, until the signal, another agent's turn, or a code that ends the agent. */
async function stayConnected(
  { session, nodeId }: Prepared,
  { follower, random = Math.random, wait = passes }: AgentOptions & { follower: Follower },
): Promise<number> {
  const { log, signal } = session
  const cure = openCure(nodeId, log)
  let attempt = 0
  while (!signal.aborted) {
    const end = await runSession({ ...session, nodeId: nodeId.current() })
    if (signal.aborted) break
    if (endsAgent(end.code)) {
      log('error', `the master ends this agent: ${describe(end)}`)
      await cure(end)
      // Perhaps because it is too old, and the master has just said which one to become.
      return (await follower.settled()) ? 0 : 1
    }
    if (end.wasAccepted) attempt = 0
    const isRefusal = end.code >= 4000
    const delay = reconnectDelay({ attempt, isRefusal, random: random() })
    log('warn', `not connected: ${describe(end)}; trying again in ${(delay / 1000).toFixed(1)} s`)
    await cure(end)
    attempt += 1
    if (!(await wait(delay, signal))) break
  }
  log('info', 'stopped')
  return 0
}

/** A record made for another machine has that one's name; with a token of its own a node has the one it was given. */
function isOurs({ name }: NodeInfo, { token, nodeName }: Settings): boolean {
  return token.kind === 'node' || name === nodeName || name.startsWith(`${nodeName}-`)
}

function describe({ code, reason }: SessionEnd): string {
  return reason === '' ? `closed with ${code}` : `${reason} (${code})`
}
