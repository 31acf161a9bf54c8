import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { HostApt } from './host-apt.ts'
import { type Flavour, packagesOf, suite } from './recipe.ts'
import type { RuntimeImage } from './runtime-image.ts'

export interface RootFileSystemOptions {
  readonly flavour: Flavour
  readonly apt: HostApt
  readonly runtime: RuntimeImage
  /** For files on the way to the root; somebody else removes it. */
  readonly scratch: string
  readonly signal: AbortSignal
}

export const treeFolder = join(import.meta.dirname, 'tree')
export const hooks = {
  customize: join(import.meta.dirname, 'customize.sh'),
  boxUser: join(import.meta.dirname, 'box-user.sh'),
}

/** Makes a folder that holds all files of a machine, from Debian's packages and our own tree. */
export async function makeRootFileSystem(root: string, options: RootFileSystemOptions) {
  const { flavour, apt, signal } = options
  const tree = await gatherTree(options)
  const sources = join(options.scratch, 'sources.list')
  await writeFile(sources, apt.sources.map((line) => `${line}\n`).join(''))
  const boxKey = flavour === 'box' ? await findBoxKey() : undefined
  const boxHook = boxKey === undefined ? [] : [`--customize-hook=${hooks.boxUser} "$1" ${boxKey}`]
  await execa(
    'mmdebstrap',
    [
      '--variant=minbase',
      '--mode=root',
      '--format=directory',
      ...apt.settings.map((line) => `--aptopt=${line}`),
      `--include=${packagesOf(flavour).join(',')}`,
      `--extract-hook=cp -a ${tree}/. "$1"/`,
      ...boxHook,
      `--customize-hook=${hooks.customize} "$1"`,
      suite,
      root,
      sources,
    ],
    { cancelSignal: signal, forceKillAfterDelay: 5000 },
  )
}

/** Everything that is to lie in the new root before the first package is configured. */
async function gatherTree({ apt, runtime, scratch }: RootFileSystemOptions): Promise<string> {
  const tree = join(scratch, 'tree')
  await cp(treeFolder, tree, { recursive: true })
  await writeFile(
    join(tree, 'etc/apt/apt.conf.d/90host'),
    apt.settings.map((line) => `${line}\n`).join(''),
  )
  const trusted = join(tree, 'usr/local/share/ca-certificates')
  await mkdir(trusted, { recursive: true })
  for (const file of apt.authorities) await cp(file, join(trusted, file.split('/').at(-1) ?? file))
  const runtimeFolder = join(tree, 'opt/runtime')
  await mkdir(runtimeFolder, { recursive: true })
  await cp(runtime.archive, join(runtimeFolder, 'runtime.tar'))
  await writeFile(join(runtimeFolder, 'name'), `${runtime.name}\n`)
  return tree
}

/** The key that every Vagrant tries first; its package says where. */
async function findBoxKey(): Promise<string> {
  const { stdout } = await execa('sh', [
    '-c',
    'find /usr/share /opt/vagrant -path "*/keys/vagrant.pub" 2> /dev/null | head -n 1',
  ])
  if (stdout === '') throw new Error('a box for Vagrant needs Vagrant, and none is installed')
  return stdout
}
