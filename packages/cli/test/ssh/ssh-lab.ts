import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '@kontena/agent'
import { execa } from 'execa'
import {
  bringOnline,
  enrol,
  type MachineReport,
  openTestMaster,
  type TestMaster,
} from '../test-master.ts'

/** As users run it: bundled, which starts in a third of the time. */
const bundle = join(import.meta.dirname, '../../dist/kontena.cjs')

export interface LabNode {
  /** What a boot of its machine does: the agent that was is gone, and another connects. */
  reboot(): Promise<void>
}

/** A master with the grid `prod`, nodes whose machines reported what a test says, and the command as a process. */
export interface SshLab {
  readonly test: TestMaster
  /** A node that is online at 127.0.0.1, or has enrolled and no more. */
  addNode(name: string, report: MachineReport & { readonly isOffline?: boolean }): Promise<LabNode>
  /** A folder of programs, here with one that does what the script says, for `PATH`. */
  addProgram(name: string, script: string): Promise<string>
  writeFile(name: string, text: string): Promise<string>
  kontena(
    argv: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly input?: string },
  ): ReturnType<typeof start>
  close(): Promise<void>
}

export async function openSshLab(): Promise<SshLab> {
  const test = await openTestMaster()
  await test.client.createGrid({ name: 'prod' })
  await test.writeConfig({ grid: 'prod' })
  const agents = new Map<string, Agent>()
  const boot = async (name: string, token: string): Promise<void> => {
    await agents.get(name)?.stop()
    const environment = {
      KONTENA_NODE_TOKEN: token,
      KONTENA_NODE_ID: `engine-${name}`,
      KONTENA_PUBLIC_IP: '127.0.0.1',
      KONTENA_PRIVATE_IP: '127.0.0.2',
    }
    agents.set(name, await bringOnline(test, { grid: 'prod', name, environment }))
  }
  const fileIn = async (folder: string, name: string, text: string, mode: number) => {
    const file = join(folder, name)
    await writeFile(file, text, { mode })
    return file
  }
  return {
    test,
    async addNode(name, { isOffline = false, ...report }) {
      const machine = { id: `i-${randomBytes(8).toString('hex')}`, ...report.machine }
      const token = await enrol(test, 'prod', name, { ...report, machine })
      if (!isOffline) await boot(name, token)
      return { reboot: () => boot(name, token) }
    },
    async addProgram(name, script) {
      const folder = await mkdtemp(join(test.folder, 'bin-'))
      await fileIn(folder, name, `#!/bin/sh\n${script}\n`, 0o755)
      return folder
    },
    async writeFile(name, text) {
      await mkdir(test.folder, { recursive: true })
      return fileIn(test.folder, name, text, 0o600)
    },
    kontena: (argv, { env = {}, input = '' } = {}) => start(argv, test.folder, env, input),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.stop()))
      await test.close()
    },
  }
}

/** The command as the words of a process. */
export function commandWords(argv: readonly string[]): string[] {
  return [process.execPath, bundle, ...argv]
}

/** With nothing of ours in its environment but the way to programs. */
function start(argv: readonly string[], home: string, env: Record<string, string>, input: string) {
  const [program = '', ...words] = commandWords(argv)
  return execa(program, words, {
    reject: false,
    extendEnv: false,
    cwd: home,
    env: { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: home, ...env },
    input,
  })
}
