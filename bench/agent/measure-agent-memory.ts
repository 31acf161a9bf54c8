import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type BenchMaster, openMaster } from '../master/open-master.ts'
import type { BenchOptions } from '../options.ts'
import { table } from '../table.ts'
import { openDockerStandIn } from './docker-stand-in.ts'

const bundle = fileURLToPath(
  new URL('../../packages/agent/dist/kontena-agent.mjs', import.meta.url),
)
const aim = 90
const grid = 'bench'
const name = 'web-1'

/**
 * What one agent takes: the bundle that masters hand out, over TLS to a real master, on a host whose Docker
 * has two hundred containers, one of which starts every second. It is asked for its health all the while.
 */
export async function measureAgentMemory({ seconds }: BenchOptions): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-bench-'))
  const master = await openMaster({ tls: true })
  const docker = await openDockerStandIn(folder)
  const agent = await startAgent(master, { folder, socket: docker.socket })
  try {
    await untilOnline(master)
    const first = read(agent, 'VmRSS')
    const samples: number[] = []
    for (let second = 0; second < seconds; second++) {
      await sleep(1000)
      await master.client.nodeHealth(grid, name, AbortSignal.timeout(10_000))
      samples.push(read(agent, 'VmRSS'))
    }
    return report({ seconds, first, last: samples.at(-1) ?? first, most: read(agent, 'VmHWM') })
  } finally {
    agent.kill()
    await once(agent, 'exit')
    await docker.close()
    await master.close()
    rmSync(folder, { recursive: true })
  }
}

interface AgentPlace {
  readonly folder: string
  readonly socket: string
}

async function startAgent(
  { client, url, ca = '' }: BenchMaster,
  { folder, socket }: AgentPlace,
): Promise<ChildProcess> {
  const token = 'c0ffee'.repeat(11)
  await client.createGrid({ name: grid })
  await client.createNode(grid, { name, token })
  writeFileSync(join(folder, 'ca.pem'), ca)
  const log = openSync(join(folder, 'agent.log'), 'a')
  return spawn(process.execPath, [bundle], {
    stdio: ['ignore', log, log],
    env: {
      KONTENA_URI: url,
      KONTENA_NODE_TOKEN: token,
      KONTENA_STATE_DIR: folder,
      KONTENA_DOCKER_SOCKET: socket,
      SSL_CERT_FILE: join(folder, 'ca.pem'),
    },
  })
}

async function untilOnline({ client }: BenchMaster): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status } = await client.node(grid, name)
    if (status === 'online') return
    await sleep(100)
  }
  throw new Error('the agent did not get online in 10 s')
}

/** proc_pid_status(5), in bytes. */
function read({ pid }: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  if (kilobytes === undefined) throw new Error(`no ${field} of the agent`)
  return Number(kilobytes) * 1024
}

interface Measured {
  readonly seconds: number
  readonly first: number
  readonly last: number
  readonly most: number
}

function report({ seconds, first, last, most }: Measured): string[] {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  return [
    `Resident memory of one agent in MB, Node ${process.versions.node}; the aim is below ${aim}.`,
    '',
    ...table(
      ['online', `after ${seconds} s`, 'most'],
      [[megabytes(first), megabytes(last), megabytes(most)]],
    ),
  ]
}
