import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
import { z } from 'zod'
import { startWorker, type Worker } from '../process/worker.ts'
import { type MasterSample, masterSample, type StartedMaster, startedMaster } from './commands.ts'

export interface MasterSettings {
  readonly tls: boolean
  /** Folder that takes a CPU profile of each of its processes. */
  readonly profile?: string | undefined
}

/** A master in a process and a folder of its own, and an administrator's way in. */
export interface BenchMaster {
  readonly url: string
  readonly ca: string | undefined
  /** The administrator's access token. */
  readonly token: string
  readonly client: MasterClient
  sample(): Promise<MasterSample>
  /** What its present process had taken when it began to listen. */
  atStart(): Pick<StartedMaster, 'rss' | 'cpu'>
  /** Kills the process and starts another on the same database. Answers when it did which. */
  restart(): Promise<{ killed: number; listening: number }>
  close(): Promise<void>
}

export async function openMaster({ tls, profile }: MasterSettings): Promise<BenchMaster> {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-bench-'))
  const start = async (port: number): Promise<{ worker: Worker; started: StartedMaster }> => {
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const output = join(folder, 'master.log')
    const worker = startWorker(new URL('master-process.ts', import.meta.url), { flags, output })
    const dataDir = join(folder, 'data')
    const started = await worker.ask(startedMaster, { do: 'start', dataDir, port, tls })
    return { worker, started }
  }
  let { worker, started } = await start(0)
  const { url, caPem: ca, adminCode = '' } = started
  const options = { url, ca, version: '2.0.0' }
  const { access_token: token } = await openMasterClient(options).login(adminCode)
  const end = async (): Promise<void> => {
    if (profile === undefined) return worker.kill()
    await worker.ask(z.undefined(), { do: 'stop' })
    await worker.leave()
  }
  return {
    url,
    ca,
    token,
    client: openMasterClient({ ...options, token }),
    sample: () => worker.ask(masterSample, { do: 'sample' }),
    atStart: () => started,
    restart: async () => {
      const killed = performance.timeOrigin + performance.now()
      await end()
      ;({ worker, started } = await start(Number(new URL(url).port)))
      return { killed, listening: started.listening }
    },
    close: async () => {
      await end()
      rmSync(folder, { recursive: true })
    },
  }
}
