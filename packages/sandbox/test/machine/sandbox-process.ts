/** A sandbox in a process of its own, for tests that kill it. Prints its URL and variables. */
import { startSandbox } from '../../src/index.ts'

const sandbox = await startSandbox({
  bootTime: 20,
  agents: process.argv[2] === 'shared' ? 'shared' : 'process',
  scratch: process.argv[3],
})
process.stdout.write(`${JSON.stringify(sandbox.environment())}\n`)
