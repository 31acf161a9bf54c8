import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type MachineBatch,
  type MachineOrder,
  networkPolicy,
  openRateBudget,
  type ProviderSession,
} from '@kontena/core'
import { afterEach, vi } from 'vitest'
import { ssh } from '../src/index.ts'
import type { TestHost } from './test-host.ts'

export const owner = { master: '3f1c8f1e-0000-4000-8000-000000000001', grid: 'blue' }
export const call = { signal: new AbortController().signal }

/** A computer from which hosts are reached, with a home of its own. */
export interface Laptop {
  readonly home: string
  /** The provider's folder on it. */
  readonly folder: string
  /** Puts lines into its known_hosts. */
  know(...lines: string[]): Promise<void>
  keyFile(text: string): Promise<string>
  /** Options as the schemas parse them; `--key` and `--host-key` are those of the first host where absent. */
  open(options: {
    hosts?: readonly TestHost[]
    access?: Record<string, unknown>
    machine?: Record<string, unknown>
  }): Promise<ProviderSession>
}

const homes: string[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(homes.splice(0).map((home) => rm(home, { recursive: true, force: true })))
})

/** Its home and agent are this process's until the test ends. */
export async function openLaptop(): Promise<Laptop> {
  const home = await mkdtemp(join(tmpdir(), 'laptop-'))
  homes.push(home)
  vi.stubEnv('HOME', home)
  vi.stubEnv('SSH_AUTH_SOCK', undefined)
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  const folder = join(home, '.kontena/ssh')
  const laptop: Laptop = {
    home,
    folder,
    know: (...lines) => writeFile(join(home, '.ssh/known_hosts'), `${lines.join('\n')}\n`),
    keyFile: async (text) => {
      const file = join(home, '.ssh/key')
      await writeFile(file, text, { mode: 0o600 })
      return file
    },
    open: async ({ hosts = [], access = {}, machine = {} }) => {
      const [first] = hosts
      const key = first === undefined ? {} : { key: await laptop.keyFile(first.key) }
      const open = await ssh.load()
      return open({
        access: ssh.accessOptions.parse({ ...key, ...access }),
        machine: ssh.machineOptions.parse({ host: hosts.map(({ target }) => target), ...machine }),
        rate: openRateBudget({ title: 'hosts over SSH', emit: () => undefined }),
        folder,
        owner,
      })
    },
  }
  return laptop
}

/** A line of known_hosts for a test host. */
export function knownLine({ port, hostKey }: TestHost): string {
  return `[127.0.0.1]:${port} ${hostKey.public}`
}

/** A laptop that knows the keys of these hosts. */
export async function openLaptopThatKnows(...hosts: readonly TestHost[]): Promise<Laptop> {
  const laptop = await openLaptop()
  await laptop.know(...hosts.map(knownLine))
  return laptop
}

export function order(over: Partial<MachineOrder> = {}): MachineOrder {
  return {
    ...{ owner, count: 1, policy: networkPolicy(), masterUrl: 'https://master.example.com' },
    ...{ sshKeys: [], tags: {} },
    ...over,
  }
}

/** A bootstrap that makes a file, and one that says it. */
export function batch(
  over: Partial<MachineBatch> = {},
  script = 'echo made; : > "$KONTENA_ROOT/made"',
): MachineBatch {
  return {
    ...{ owner, order: '01ORDER', zone: 'local', names: ['web'], shared: {}, token: '01ORDER-0' },
    ...{ userData: Buffer.from(`${script}\n`), minimum: 'all', sshKeys: [], tags: {} },
    ...over,
  }
}
