export { type Agent, type AgentOptions, startAgent } from './agent.ts'
export type { Write } from './log.ts'
export type { Pace } from './pace.ts'
export { agentVersion } from './version.ts'
