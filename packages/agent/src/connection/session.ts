import {
  type HostInfo,
  type HostStatistics,
  type MasterGreeting,
  masterGreeting,
  type NodeInfo,
  nodeInfo,
} from '@kontena/protocol'
import type { Doorbell } from '../doorbell.ts'
import type { Settings } from '../environment.ts'
import type { Log } from '../log.ts'
import type { Pace } from '../pace.ts'
import { reasonOf } from '../reason-of.ts'
import { repeat, repeatWhenRung } from '../repeat.ts'
import {
  type Connection,
  type ConnectionEnd,
  type ConnectionOptions,
  openConnection,
} from './connection.ts'
import { type Method, openRpc, type Rpc } from './rpc.ts'
import type { Trust } from './trust.ts'

export interface SessionOptions {
  readonly settings: Settings
  readonly nodeId: string
  /** Labels for a node that the master does not know yet. */
  readonly labels: readonly string[]
  readonly trust: Trust
  readonly pace: Pace
  readonly log: Log
  /** Ends the session with a goodbye. */
  readonly signal: AbortSignal
  readonly readInfo: () => Promise<HostInfo>
  readonly takeStatistics: () => Promise<HostStatistics>
  readonly onNodeInfo: (node: NodeInfo) => void
  readonly onTime: ConnectionOptions['onTime']
  /** Rings when something on this host changed that is to be published. */
  readonly bell: Doorbell
  /** All that the master may ask for. */
  readonly methods: Readonly<Record<string, Method>>
  readonly onGreeting: (greeting: MasterGreeting) => void
  /** The master has taken this agent for one of its nodes and stored what its host is. */
  readonly onOnline: () => Promise<void>
}

export interface SessionEnd extends ConnectionEnd {
  /** The master took us for one of its nodes. */
  readonly wasAccepted: boolean
}

/** One connection from its opening to its end: publishes, keeps alive, answers. Never rejects. */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { pace, log, signal } = options
  const over = new AbortController()
  const greeted = once((greeting: MasterGreeting) => {
    log('info', `the master runs ${greeting.version}`)
    options.onGreeting(greeting)
    void repeatWhenRung(over.signal, { ...pace, bell: options.bell }, () =>
      publishInfo(rpc, options),
    )
  })
  const accepted = once(({ name, grid }: { name: string; grid: { name: string } }) => {
    log('info', `this is node ${name} of grid ${grid.name}`)
    void repeat(over.signal, pace.firstStatistics, () => publishStatistics(rpc, options))
  })

  const rpc = openRpc({
    send: (frame) => connection.send(frame),
    timeout: pace.answer,
    methods: options.methods,
    onNotification(method, [first]) {
      if (method === '/agent/master_info') ifValid(masterGreeting.safeParse(first), greeted.call)
      else if (method === '/agent/node_info') {
        ifValid(nodeInfo.safeParse(first), (node) => {
          accepted.call(node)
          options.onNodeInfo(node)
        })
      } else log('debug', `nothing to do for ${method}`)
    },
  })
  const connection = openConnection({
    ...options,
    timeout: pace.connect,
    onOpen() {
      log('info', `connected to ${options.settings.url}`)
      void repeat(over.signal, pace.ping, () => keepAlive(connection, options))
    },
    onFrame(frame) {
      try {
        rpc.receive(frame)
      } catch {
        log('warn', 'the master sent a frame that is no message')
      }
    },
  })

  const end = await endOf(connection, signal)
  over.abort()
  rpc.close()
  return { ...end, wasAccepted: accepted.wasCalled() }
}

async function endOf(connection: Connection, signal: AbortSignal): Promise<ConnectionEnd> {
  const close = (): void => connection.close()
  signal.addEventListener('abort', close)
  const end = await connection.ended
  signal.removeEventListener('abort', close)
  return end
}

/** A master repeats what it says; only the first time starts something. */
function once<T>(work: (value: T) => void) {
  let wasCalled = false
  return {
    call(value: T) {
      if (!wasCalled) work(value)
      wasCalled = true
    },
    wasCalled: () => wasCalled,
  }
}

function ifValid<T>(
  parsed: { success: true; data: T } | { success: false },
  work: (value: T) => void,
): void {
  if (parsed.success) work(parsed.data)
}

/** Until the master has stored it, the node is not online: a failure is not left for a minute. */
async function publishInfo(rpc: Rpc, { nodeId, pace, log, readInfo, onOnline }: SessionOptions) {
  try {
    await rpc.request('/nodes/update', [nodeId, await readInfo()])
    await onOnline()
    return pace.publish
  } catch (error) {
    log('warn', `the master did not take this host's information: ${reasonOf(error)}`)
    return pace.republish
  }
}

async function publishStatistics(rpc: Rpc, { nodeId, pace, log, takeStatistics }: SessionOptions) {
  try {
    rpc.notify('/nodes/stats', [nodeId, await takeStatistics()])
  } catch (error) {
    log('warn', `no statistics: ${reasonOf(error)}`)
  }
  return pace.publish
}

async function keepAlive(connection: Connection, { pace, log }: SessionOptions): Promise<number> {
  try {
    await connection.ping(pace.pong)
  } catch (error) {
    log('warn', `the master is silent: ${reasonOf(error)}`)
    connection.drop()
  }
  return pace.ping
}
