import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** The command as it is shipped, which starts sooner, and as a checkout runs it. */
const bundle = [join(import.meta.dirname, '../../dist/kontena.cjs')]
export const sources = [
  ...['--conditions=source', '--disable-warning=ExperimentalWarning'],
  join(import.meta.dirname, '../../src/bin.ts'),
]

/** The smallest provider that a command takes, as a plug-in's author would write it. */
export const goodCode = `
import { defineProvider, ProvisionError } from '@kontena/core'
import { z } from 'zod'
export const provider = defineProvider({
  name: 'tiny',
  title: 'Tiny cloud',
  accessOptions: z.object({ spot: z.string().optional().meta({ description: 'Spot' }) }),
  machineOptions: z.object({}),
  limits: { userDataBytes: 1000, batch: 1 },
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    restart: true, stop: false, consoleLog: false, master: false,
    firewall: { esp: 'cloud' }, idempotentCreate: false,
  },
  load: async () => () => ({
    account: async () => { throw new ProvisionError('BAD_CREDENTIALS', 'Tiny cloud knows nobody') },
  }),
})
`

export interface Package {
  readonly code?: string
  /** Fields of package.json that differ from a good one's. */
  readonly json?: Readonly<Record<string, unknown>>
  readonly kontena?: Readonly<Record<string, unknown>>
}

/** A home folder for plug-ins, and folders with packages that may become some. */
export interface PluginLab {
  readonly folder: string
  readonly home: string
  /** Writes a package into a folder of that name, and returns its path. */
  write(name: string, contents?: Package): Promise<string>
  /** Runs the command as a process of its own: a plug-in's code loads by Node's own loader. */
  run(
    argv: readonly string[],
    env?: Record<string, string>,
    command?: readonly string[],
  ): ReturnType<typeof start>
  close(): Promise<void>
}

export async function openPluginLab(): Promise<PluginLab> {
  const folder = await mkdtemp(join(tmpdir(), 'kontena-plugins-'))
  const home = join(folder, 'home')
  return {
    folder,
    home,
    async write(name, { code = goodCode, json = {}, kontena = {} } = {}) {
      const root = join(folder, name)
      await mkdir(root, { recursive: true })
      const manifest = { provider: 'tiny', title: 'Tiny cloud', contract: 1, entry: './index.js' }
      const contents = {
        name: `kontena-${name}`,
        version: '1.2.3',
        type: 'module',
        kontena: { ...manifest, ...kontena },
        ...json,
      }
      await writeFile(join(root, 'package.json'), JSON.stringify(contents))
      await writeFile(join(root, 'index.js'), code)
      return root
    },
    run: (argv, env = {}, command = bundle) =>
      start([...command, ...argv], folder, { KONTENA_HOME: home, ...env }),
    close: () => rm(folder, { recursive: true }),
  }
}

function start(words: readonly string[], cwd: string, env: Record<string, string>) {
  return execa(process.execPath, words, {
    reject: false,
    extendEnv: false,
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
  })
}
