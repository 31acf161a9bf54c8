import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Base URL of moto; undefined where it is not installed. */
    motoUrl: string | undefined
  }
}

const python = process.env.MOTO_PYTHON || 'python3'

/** Starts moto once for all tests of the project, and ends it with them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (spawnSync(python, ['-c', 'import moto.server']).status !== 0) {
    const how = "pip install 'moto[server,ec2,ssm]', and MOTO_PYTHON where it is not python3's"
    process.stdout.write(`skipped: moto is not installed, so nothing runs against it (${how})\n`)
    project.provide('motoUrl', undefined)
    return async () => {}
  }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  })
  await untilAnswering(url, server)
  project.provide('motoUrl', url)
  return async () => {
    const exited = once(server, 'exit')
    server.kill()
    await exited
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 45_000
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(100)
  }
  server.kill('SIGKILL')
  throw new Error('moto does not start')
}
