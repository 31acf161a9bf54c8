/** Simulated agents, many in this one process, driven by the process that started it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { answerCommands } from '../process/answer-commands.ts'
import { type AgentsReport, agentCommand, type CallName } from './commands.ts'
import { hostReport, statisticsReport } from './host-reports.ts'
import { instant, SimulatedAgent, type Tally } from './simulated-agent.ts'
import { openTurns } from './turns.ts'

const tally: Tally = { attempts: 0, failures: new Map(), messagesSent: 0, bytesReceived: 0 }
const agents: SimulatedAgent[] = []

/**
 * How many TLS handshakes this process has under way. Ten thousand agents make theirs on ten thousand
 * hosts; here all of them are one processor's, and most would be given up before it came to them.
 */
const handshakes = 500

answerCommands(async (received) => {
  const command = agentCommand.parse(received)
  switch (command.do) {
    case 'add': {
      const { host, port, ca } = command
      const security = ca === undefined ? undefined : createSecureContext({ ca })
      const turns = openTurns(security === undefined ? Number.POSITIVE_INFINITY : handshakes)
      const site = { host, port, security, tally, turns }
      agents.push(...command.agents.map((identity) => new SimulatedAgent(identity, site)))
      return undefined
    }
    case 'connect':
      return connectAll()
    case 'await-online':
      return untilOnline(command.after, command.within)
    case 'report':
      return report()
    case 'call':
      return callInLoop(command.what, command.seconds * 1000)
  }
})

function connectAll(): number {
  const start = instant()
  for (const agent of agents) agent.connect()
  return start
}

/** When each agent came online after this moment, all of them being so now. */
async function untilOnline(after: number, within: number): Promise<number[]> {
  const deadline = performance.now() + within
  for (;;) {
    const since = agents.map((agent) => agent.onlineSince ?? 0)
    const missing = since.filter((moment) => moment <= after).length
    if (missing === 0) return since
    if (performance.now() > deadline) {
      const { failures } = report()
      const problem = `${missing} of ${agents.length} agents are not online in ${within / 1000} s`
      throw new Error(`${problem}; ended attempts: ${JSON.stringify(failures)}`)
    }
    await sleep(20)
  }
}

const calls = {
  heard: { method: '/containers/health', params: { status: 'healthy' } },
  statistics: { method: '/nodes/stats', params: statisticsReport(new Date()) },
  host: { method: '/nodes/update', params: hostReport(0) },
} as const

async function callInLoop(what: CallName, milliseconds: number): Promise<number> {
  const { method, params } = calls[what]
  const until = performance.now() + milliseconds
  const counts = await Promise.all(
    agents.map(async (agent) => {
      let count = 0
      while (performance.now() < until) {
        if (!(await agent.call(method, params))) throw new Error(`the master refuses ${method}`)
        count += 1
      }
      return count
    }),
  )
  return counts.reduce((sum, each) => sum + each, 0)
}

function report(): AgentsReport {
  const failures = Object.fromEntries(tally.failures)
  const online = agents.filter((agent) => agent.onlineSince !== undefined).length
  const { user, system } = process.cpuUsage()
  return { ...tally, failures, online, cpu: (user + system) / 1000 }
}
