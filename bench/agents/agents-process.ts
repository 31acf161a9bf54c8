/** Simulated agents, many in this one process, driven by the process that started it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { answerCommands } from '../process/answer-commands.ts'
import { type AgentsReport, agentCommand, type CallName } from './commands.ts'
import { hostReport, statisticsReport } from './host-reports.ts'
import { instant, SimulatedAgent, type Tally } from './simulated-agent.ts'

const tally: Tally = { attempts: 0, failures: new Map(), messagesSent: 0, bytesReceived: 0 }
const agents: SimulatedAgent[] = []

answerCommands(async (received) => {
  const command = agentCommand.parse(received)
  switch (command.do) {
    case 'add': {
      const { host, port, ca } = command
      const security = ca === undefined ? undefined : createSecureContext({ ca })
      const site = { host, port, security, tally }
      agents.push(...command.agents.map((identity) => new SimulatedAgent(identity, site)))
      return undefined
    }
    case 'connect':
      for (const agent of agents) agent.connect()
      return instant()
    case 'await-online':
      return untilOnline(command.after, command.within)
    case 'report':
      return report()
    case 'call':
      return callInLoop(command.what, command.seconds * 1000)
  }
})

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
  return { ...tally, failures, online }
}
