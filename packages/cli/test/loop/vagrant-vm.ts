/**
 * Stands for a virtual machine of Vagrant's: boots what is in a machine's folder as a process. SIGUSR1 restarts
 * it, SIGTERM takes it away.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootMachine } from '@kontena/sandbox'

const folder = process.argv.at(-1) ?? ''
const metaData: { 'instance-id': string; 'local-hostname': string } = JSON.parse(
  readFileSync(join(folder, 'meta-data'), 'utf8'),
)
const id = metaData['instance-id']
const machine = await bootMachine({
  id,
  userData: readFileSync(join(folder, 'user-data')),
  instance: { v1: { instance_id: id, local_hostname: metaData['local-hostname'] }, metaData },
})
const keepAlive = setInterval(() => undefined, 60_000)
process.on('SIGUSR1', () => void machine.restart())
process.on('SIGTERM', () => {
  clearInterval(keepAlive)
  void machine.close()
})
