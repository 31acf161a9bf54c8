import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, startAgent } from '@kontena/agent'
import { type MasterOptions, type RunningMaster, startMaster } from '@kontena/master'
import { type MachineIdentity, type MasterClient, openMasterClient } from '@kontena/protocol'
import { expect, vi } from 'vitest'
import type { FakeIoOptions } from './fake-io.ts'
import { type Finished, runCli } from './run-cli.ts'

/** A real master, and a home folder whose configuration is logged in to it. */
export interface TestMaster {
  readonly master: RunningMaster
  readonly folder: string
  readonly configFile: string
  readonly token: string
  readonly client: MasterClient
  /** Runs a command as the user of that home folder. */
  run(argv: readonly string[], options?: FakeIoOptions): Promise<Finished>
  config(): Promise<Record<string, unknown>>
  writeConfig(entry: Record<string, unknown>): Promise<void>
  close(): Promise<void>
}

export async function openTestMaster(options: Partial<MasterOptions> = {}): Promise<TestMaster> {
  const folder = await mkdtemp(join(tmpdir(), 'kontena-cli-'))
  const master = await startMaster({
    port: 0,
    dataDir: join(folder, 'master'),
    agentBundle: Buffer.from('the agent'),
    ...options,
  })
  const ca = master.caPem
  const guest = openMasterClient({ url: master.url, ca, version: '2.0.0' })
  const { access_token: token } = await guest.login(master.adminCode ?? '')
  const configFile = join(folder, '.kontena_client.json')
  const writeConfig = (entry: Record<string, unknown>): Promise<void> => {
    const server = { name: 'test', url: master.url, token, ...entry }
    return writeFile(configFile, JSON.stringify({ current_server: 'test', servers: [server] }))
  }
  await writeConfig({})
  return {
    master,
    folder,
    configFile,
    token,
    client: openMasterClient({ url: master.url, ca, token, version: '2.0.0' }),
    run: (argv, io) => runCli(argv, { userHome: folder, cwd: folder, ...io }),
    config: async () => JSON.parse(await readFile(configFile, 'utf8')),
    writeConfig,
    async close() {
      await master.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** What a machine reports beside its name; by default as little as it may. */
export interface MachineReport {
  readonly labels?: readonly string[]
  readonly hostKeys?: readonly string[]
  readonly user?: string
  readonly machine?: Partial<MachineIdentity>
  /** A second machine reports the same. */
  readonly isContested?: boolean
}

/** A machine's own report, as its boot script sends it. Resolves to the token that it made. */
export async function enrol(
  { master, client }: TestMaster,
  grid: string,
  name: string,
  { labels = [], machine, isContested = false, ...report }: MachineReport = {},
): Promise<string> {
  const order = `01J${randomBytes(12).toString('hex').slice(0, 23).toUpperCase()}`
  const secret = randomBytes(32).toString('hex')
  const nodes = [{ name, labels: [...labels] }]
  await client.createEnrolment(grid, { order, secret, expires_in: 60, nodes })
  const claim = async (status: number): Promise<string> => {
    const nodeToken = randomBytes(32).toString('hex')
    const where = { provider: 'aws', account: '123', region: 'eu-west-1', id: 'i-0abc' }
    const body = { secret, name, nodeToken, machine: { ...where, ...machine, order }, ...report }
    const reply = await fetch(`${master.url}/v1/enrol`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (reply.status !== status) throw new Error(`enrolment answered ${reply.status}`)
    return nodeToken
  }
  const token = await claim(204)
  if (isContested) await claim(409)
  return token
}

/** An agent that joined with the token of the grid, under that name; resolves once it is online. */
export async function joinWithGridToken(
  lab: TestMaster,
  grid: string,
  name: string,
): Promise<Agent> {
  const { token } = await lab.client.grid(grid)
  return bringOnline(lab, { grid, name, environment: { KONTENA_TOKEN: token } })
}

/** The agent of a node; resolves once it is online. */
export async function bringOnline(
  { master, client, folder }: TestMaster,
  node: { grid: string; name: string; environment: Readonly<Record<string, string>> },
): Promise<Agent> {
  const { grid, name, environment } = node
  const agent = startAgent(
    {
      ...environment,
      KONTENA_URI: master.url,
      KONTENA_NODE_NAME: name,
      KONTENA_DOCKER_SOCKET: join(folder, 'no-docker.sock'),
      KONTENA_STATE_DIR: folder,
    },
    { write: () => undefined },
  )
  await vi.waitFor(
    async () => expect(await client.node(grid, name)).toMatchObject({ status: 'online' }),
    { timeout: 20_000, interval: 50 },
  )
  return agent
}
