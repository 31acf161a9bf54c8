import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EC2Client } from '@aws-sdk/client-ec2'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { run } from '../ec2/open.ts'
import { fakeQemu, isAlive } from './fake-qemu.ts'

const patience = { timeout: 20_000, interval: 50 }

test('a sandbox that is killed leaves no virtual machine and no file behind', async () => {
  const { folder, image, starts } = fakeQemu({ isDeaf: true })
  const program = join(import.meta.dirname, 'sandbox-process.ts')
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, program, image, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.env,
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
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
  await run(ec2, { MinCount: 2, MaxCount: 2 })
  await vi.waitFor(() => expect(starts()).toHaveLength(2), patience)
  const pids = starts().map(({ pid }) => pid)
  expect(pids.every(isAlive)).toBe(true)

  child.kill('SIGKILL')
  await vi.waitFor(() => expect(pids.some(isAlive)).toBe(false), patience)
  const scratch = () => readdirSync(folder).filter((name) => name.startsWith('kontena-sandbox'))
  await vi.waitFor(() => expect(scratch()).toEqual([]), patience)
})
