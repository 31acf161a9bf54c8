import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MasterOptions, startMaster } from '@kontena/master'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
import { execa } from 'execa'

const packages = join(import.meta.dirname, '../../..')
/** As users run it: bundled, which starts in a third of the time. */
const command = join(packages, 'cli/dist/kontena.cjs')
export const agentBundle = join(packages, 'agent/dist/kontena-agent.mjs')

/** A master with a grid and a command that is logged in, all in a folder of their own. */
export interface MasterLab {
  readonly folder: string
  readonly grid: string
  readonly master: MasterClient
  readonly masterUrl: string
  readonly environment: Record<string, string>
  /** Runs `kontena` with these words; more environment overrides the lab's. */
  kontena(words: readonly string[], more?: Record<string, string>): ReturnType<typeof startCommand>
  /** Puts another master in this one's place, with the same data. */
  upgrade(to: Pick<MasterOptions, 'version' | 'agentBundle'>): Promise<void>
  close(): Promise<void>
}

/**
 * @param cloud variables that point the command at a cloud
 * @param address where the master listens: machines of some providers do not reach this computer's loopback
 */
export async function openMasterLab(
  cloud: Record<string, string>,
  address = '127.0.0.1',
): Promise<MasterLab> {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-lab-'))
  const port = await freePort()
  const start = (more: Partial<MasterOptions> = {}) =>
    startMaster({
      host: address,
      port,
      publicUrl: `http://${address}:${port}`,
      insecureHttp: true,
      dataDir: join(folder, 'master'),
      agentBundle,
      ...more,
    })
  let server = await start()
  const token = await login(server.url, server.adminCode ?? '')
  const master = openMasterClient({ url: server.url, token, version: '2.0.0' })
  const grid = 'lab'
  await master.createGrid({ name: grid })
  const config = join(folder, 'client.json')
  writeFileSync(config, clientConfig(server.url, token, grid), { mode: 0o600 })
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    KONTENA_HOME: join(folder, 'home'),
    KONTENA_CONFIG: config,
    ...cloud,
  }
  return {
    folder,
    grid,
    master,
    masterUrl: server.url,
    environment,
    kontena: (words, more = {}) => startCommand(words, { ...environment, ...more }),
    upgrade: async (to) => {
      await server.close()
      server = await start(to)
    },
    close: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function clientConfig(url: string, token: string, grid: string): string {
  return JSON.stringify({
    current_server: 'lab',
    servers: [{ name: 'lab', url, username: 'admin', grid, token, token_expires_at: 0 }],
  })
}

function startCommand(words: readonly string[], env: Record<string, string>) {
  return execa(process.execPath, [command, ...words], {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function login(url: string, code: string): Promise<string> {
  const { access_token } = await openMasterClient({ url, version: '2.0.0' }).login(code)
  return access_token
}
