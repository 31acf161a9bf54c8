import { realpathSync } from 'node:fs'
import { startAgent } from './agent.ts'

export { startAgent }

/** Runs the agent of this process until it ends or is told to. */
async function main(): Promise<void> {
  // Set by the program that starts agents and can go back to the one before.
  const { KONTENA_AGENT_HASH: hash } = process.env
  const file = import.meta.filename
  const agent = startAgent(process.env, hash === undefined ? {} : { bundle: { file, hash } })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void agent.stop())
  }
  process.exit(await agent.stopped)
}

// The one file that the master hands out is a program and a module at once.
const program = process.argv[1]
if (program !== undefined && realpathSync(program) === import.meta.filename) await main()
