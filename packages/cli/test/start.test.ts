import { join } from 'node:path'
import { execa } from 'execa'
import { type OutputChunk, rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'
import config from '../rolldown.config.ts'
import { builtInProviders } from '../src/providers.ts'

const root = join(import.meta.dirname, '..')

/** Prints each file that is loaded, from within the process. */
const recorder = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
  process.on('exit', () => console.error(JSON.stringify(loaded)))
`

async function loadedFiles(argv: readonly string[]): Promise<string[]> {
  const preload = `data:text/javascript,${encodeURIComponent(recorder)}`
  const { stderr } = await execa(
    process.execPath,
    [
      ...['--conditions=source', '--disable-warning=ExperimentalWarning', '--import', preload],
      ...[join(root, 'src', 'bin.ts'), ...argv],
    ],
    { extendEnv: false },
  )
  const urls: string[] = JSON.parse(stderr)
  return urls.filter((url) => url.startsWith('file:'))
}

/** What only those pay for who make machines, or answer questions. */
const sdk =
  /@aws-sdk|@smithy|@azure|dots-wrapper|upcloud-api|@clack|\/provider-\w+\/src\/provider\.ts|\/commands\/provider-node/

const ours = /\/cli\/src\/(?:declare\/)?[\w-]+\.ts$|\/node_modules\/commander\//

describe('a start', () => {
  it.each([[['--help']], [['--version']], [['node', 'list', '--help']], [['help', 'grid']]])(
    'loads no command, no library but commander and no provider for %j',
    async (argv) => {
      const files = await loadedFiles(argv)
      expect(files.length).toBeGreaterThan(5)
      expect(files.filter((file) => !ours.test(file))).toEqual([])
    },
  )

  it.each(builtInProviders.map(({ name }) => name))(
    "loads the manifest of %s for its word, and neither an SDK nor another's manifest",
    async (name) => {
      const files = await loadedFiles([name, 'node', 'create', '--help'])
      const manifests = files.flatMap((file) => /\/(provider-\w+)\/src\//.exec(file)?.[1] ?? [])
      expect(new Set(manifests)).toEqual(new Set([`provider-${name}`]))
      expect(files.filter((file) => sdk.test(file))).toEqual([])
    },
  )
})

describe('the bundle', () => {
  let chunks: readonly OutputChunk[]

  beforeAll(async () => {
    const bundle = await rolldown({ ...config, cwd: root })
    const output = 'output' in config && !Array.isArray(config.output) ? config.output : {}
    const generated = await bundle.generate(output)
    chunks = generated.output.filter((part) => part.type === 'chunk')
    await bundle.close()
  })

  it('opens three files before a command is chosen, with our own code and commander', () => {
    const opened = new Set<string>()
    const open = (name: string): void => {
      const chunk = chunks.find(({ fileName }) => fileName === name)
      if (chunk === undefined || opened.has(name)) return
      opened.add(name)
      chunk.imports.forEach(open)
    }
    open('kontena.cjs')
    expect(opened.size).toBe(3)
    const modules = chunks
      .filter(({ fileName }) => opened.has(fileName))
      .flatMap((chunk) => chunk.moduleIds)
    expect(modules.filter((id) => !ours.test(id) && !id.startsWith('\0'))).toEqual([])
  })

  it('has nothing native inside', () => {
    const modules = chunks.flatMap((chunk) => chunk.moduleIds)
    expect(modules.filter((id) => id.includes('better-sqlite3'))).toEqual([])
    expect(chunks.flatMap((chunk) => chunk.imports)).toContain('better-sqlite3')
  })
})
