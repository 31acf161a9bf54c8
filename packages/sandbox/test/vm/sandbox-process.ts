/** A sandbox of virtual machines in a process of its own, for a test that kills it. Prints its variables. */
import { startSandbox } from '../../src/index.ts'

const sandbox = await startSandbox({
  bootTime: 20,
  boot: 'vm',
  virtualMachines: { image: process.argv[2] },
  scratch: process.argv[3],
})
process.stdout.write(`${JSON.stringify(sandbox.environment())}\n`)
