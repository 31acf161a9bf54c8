import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EC2Client } from '@aws-sdk/client-ec2'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { run } from '../ec2/open.ts'
import { tinyBootstrap } from './bootstrap.ts'

const patience = { timeout: 20_000, interval: 50 }
const started = z.object({ pid: z.number() })

/** Starts a sandbox as a process of its own, with one machine per given enrol script. */
async function startProcess(agents: string) {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-kill-'))
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'sandbox-process.ts'),
      agents,
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const variables = z.record(z.string(), z.string()).parse(JSON.parse(String(line)))
  const ec2 = new EC2Client({
    region: 'eu-west-1',
    endpoint: variables.AWS_ENDPOINT_URL_EC2 ?? '',
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  return { child, ec2, folder }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.each(['process', 'shared'])(
  'a sandbox that is killed leaves no agent, script or file behind (%s)',
  async (agents) => {
    const { child, ec2, folder } = await startProcess(agents)
    const notes = join(folder, 'notes')
    const stuck = join(folder, 'stuck')
    const enrol = `[ "$name" = web-1 ] || { echo $$ > '${stuck}'; sleep 300; }`
    const UserData = Buffer.from(tinyBootstrap({ notes, enrol })).toString('base64')
    await run(ec2, { MinCount: 2, UserData })
    await vi.waitFor(() => expect(existsSync(notes) && existsSync(stuck)).toBe(true), patience)
    const agent = started.parse(JSON.parse(readFileSync(notes, 'utf8').split('\n')[0] ?? ''))
    const script = Number(readFileSync(stuck, 'utf8'))
    expect([agent.pid, script].map(isAlive)).toEqual([true, true])

    child.kill('SIGKILL')
    await vi.waitFor(() => expect([agent.pid, script].some(isAlive)).toBe(false), patience)
    const scratch = () => readdirSync(folder).filter((name) => name.startsWith('kontena-sandbox'))
    await vi.waitFor(() => expect(scratch()).toEqual([]), patience)
  },
)
