import { realpathSync } from 'node:fs'
import { startAgent } from './agent.ts'
import { runDoctor } from './doctor/doctor.ts'
import { agentVersion } from './version.ts'

export { startAgent }

const usage = `kontena-agent ${agentVersion}

  node agent.mjs                  runs the agent of this node
  node agent.mjs doctor [--json]  tells what the agent can and cannot reach, and why
`

/** Runs what the arguments ask for; resolves to the exit code. */
async function main([command, ...flags]: readonly string[]): Promise<number> {
  // A log that nobody takes any more, or that a full disk does not, is no reason to end.
  process.stdout.on('error', () => {})
  if (command === undefined) return runUntilTold()
  const json = flags.length === 1 && flags[0] === '--json'
  if (command === 'doctor' && (json || flags.length === 0)) {
    return runDoctor(process.env, { json, write: (text) => process.stdout.write(text) })
  }
  const isAsked = command === '--help'
  const out = isAsked ? process.stdout : process.stderr
  out.write(usage)
  return isAsked ? 0 : 2
}

/** Runs the agent of this process until it ends or is told to. */
async function runUntilTold(): Promise<number> {
  // Set by the program that starts agents and can go back to the one before.
  const { KONTENA_AGENT_HASH: hash } = process.env
  const file = import.meta.filename
  const agent = startAgent(process.env, hash === undefined ? {} : { bundle: { file, hash } })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void agent.stop())
  }
  return agent.stopped
}

// The one file that the master hands out is a program and a module at once.
const program = process.argv[1]
if (program !== undefined && realpathSync(program) === import.meta.filename) {
  process.exit(await main(process.argv.slice(2)))
}
