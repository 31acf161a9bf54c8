import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, startAgent } from '@kontena/agent'
import { type MasterOptions, type RunningMaster, startMaster } from '@kontena/master'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
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

/** A machine's own report, as its boot script sends it. */
export async function enrol(
  { master, client }: TestMaster,
  grid: string,
  name: string,
  labels: readonly string[] = [],
): Promise<void> {
  const order = `01J${randomBytes(12).toString('hex').slice(0, 23).toUpperCase()}`
  const secret = randomBytes(32).toString('hex')
  await client.createEnrolment(grid, {
    order,
    secret,
    expires_in: 60,
    nodes: [{ name, labels: [...labels] }],
  })
  const reply = await fetch(`${master.url}/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      secret,
      name,
      nodeToken: randomBytes(32).toString('hex'),
      machine: { provider: 'aws', account: '123', region: 'eu-west-1', id: 'i-0abc', order },
    }),
  })
  if (reply.status !== 204) throw new Error(`enrolment answered ${reply.status}`)
}

/** An agent that joined with the token of the grid, under that name; resolves once it is online. */
export async function joinWithGridToken(
  { master, client, folder }: TestMaster,
  grid: string,
  name: string,
): Promise<Agent> {
  const { token } = await client.grid(grid)
  const agent = startAgent(
    {
      KONTENA_URI: master.url,
      KONTENA_TOKEN: token,
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
