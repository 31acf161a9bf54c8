/**
 * The main job on embedded defaults: a master and a simulated cloud on this computer, three nodes made
 * and taken away again. `--provider NAME` says whose cloud, aws where absent; `--keep` leaves master and
 * cloud running and prints what to type next.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

/** The clouds that are simulated here. */
const providers: readonly string[] = ['aws', 'azure', 'digitalocean', 'upcloud']
const { keep, provider } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    provider: { type: 'string', default: 'aws' },
  },
}).values
if (!providers.includes(provider)) {
  process.stderr.write(`There is no demo on ${provider}; choose one of ${providers.join(', ')}\n`)
  process.exit(2)
}
const command = join(import.meta.dirname, 'kontena')
const folder = mkdtempSync(join(tmpdir(), 'kontena-demo-'))
const environment: Record<string, string> = {
  KONTENA_HOME: join(folder, 'home'),
  KONTENA_CONFIG: join(folder, 'client.json'),
}
const servers: ChildProcess[] = []

process.on('SIGINT', () => undefined)
try {
  process.exitCode = await demo()
} finally {
  for (const server of servers) await stop(server)
  rmSync(folder, { recursive: true, force: true })
}

async function demo(): Promise<number> {
  const masterPort = String(await freePort())
  const data = join(folder, 'master')
  await serve(['master', 'start', '--port', masterPort, '--data', data, '--login'], isLoggedIn)
  const cloudPort = String(await freePort())
  await serve(
    ['sandbox', 'start', '--port', cloudPort, '--boot-time', '4s', '--json'],
    takeEnvironment,
  )

  const steps = [
    ['grid', 'create', 'demo', '--initial-size', '3'],
    [provider, 'node', 'create', '--count', '3', '--yes'],
    ['node', 'list'],
    [provider, 'node', 'list'],
  ]
  for (const step of steps) if (await run(step)) return 1
  if (keep) return await stay()
  const names = await capture(['node', 'list', '-q'])
  if (names.length !== 3) return failed('three nodes were expected in the grid')
  if (await run([provider, 'node', 'terminate', ...names, '--force'])) return 1
  for (const step of [
    ['node', 'list'],
    [provider, 'node', 'list'],
  ])
    if (await run(step)) return 1
  const left = [
    ...(await capture(['node', 'list', '-q'])),
    ...(await capture([provider, 'node', 'list', '-q'])),
  ]
  if (left.length > 0) return failed(`still there: ${left.join(', ')}`)
  process.stdout.write(
    '\nThree nodes came and went, and nothing is left at the cloud or the master.\n',
  )
  return 0
}

/** Starts a server, and resolves when it has said a line that tells that it is ready. */
async function serve(words: readonly string[], isReady: (line: string) => boolean): Promise<void> {
  show(words)
  const server = spawn(command, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', openSync(join(folder, 'servers.log'), 'a')],
    detached: true,
  })
  servers.push(server)
  if (server.stdout === null) throw new Error('a server has no output')
  const waiting = Promise.withResolvers<void>()
  server.once('exit', (code) => waiting.reject(new Error(`${words.join(' ')} ended with ${code}`)))
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (isReady(line)) waiting.resolve()
  })
  await waiting.promise
}

function isLoggedIn(line: string): boolean {
  process.stdout.write(`${line}\n`)
  return line.startsWith('Authenticated')
}

/** The clouds tell in one line how they are reached, which is nothing for people to read. */
function takeEnvironment(line: string): boolean {
  const { url, environment: variables } = JSON.parse(line)
  Object.assign(environment, variables)
  process.stdout.write(`Simulated clouds listen at ${url}\n`)
  return true
}

/** Runs a command on this terminal. Returns its exit code. */
async function run(words: readonly string[]): Promise<number> {
  show(words)
  const child = spawn(command, words, { env: { ...process.env, ...environment }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

async function capture(words: readonly string[]): Promise<string[]> {
  const child = spawn(command, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  return lines.filter((line) => line !== '')
}

async function stay(): Promise<number> {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`)
  const text = [
    '',
    'Master and cloud stay until Ctrl-C. In another terminal:',
    '',
    ...variables,
    `alias kontena=${command}`,
    `kontena ${provider} node create web --count 2 --open 80/tcp`,
    `kontena ${provider} node list`,
    'kontena node show web-1',
    `kontena ${provider} node terminate web-1 web-2`,
  ]
  process.stdout.write(`${text.join('\n')}\n`)
  await once(process, 'SIGINT')
  return 0
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.removeAllListeners('exit')
  server.kill('SIGTERM')
  await once(server, 'exit')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function show(words: readonly string[]): void {
  process.stdout.write(`\n$ kontena ${words.join(' ')}\n`)
}

function failed(why: string): number {
  process.stderr.write(`The demo failed: ${why}\n`)
  return 1
}
