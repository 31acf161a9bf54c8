import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { contentKey } from './cache.ts'
import type { HostApt } from './host-apt.ts'
import { suite } from './recipe.ts'

/** An image with Node for the agent, as a file for `docker load`. */
export interface RuntimeImage {
  /** As `--agent-runtime` takes it. */
  readonly name: string
  readonly archive: string
}

/** Node needs no more of a distribution than these and what they depend on. */
const packages = ['libstdc++6', 'base-files']
const node = join(import.meta.dirname, '../../node_modules/node/bin/node')

/**
 * Makes the image from Debian's packages and the npm package `node`, as where no registry can be reached.
 * It needs no Docker: such a file is a tar of layers, of a configuration, and of a list of both.
 */
export async function buildRuntimeImage(
  apt: HostApt,
  { cache, signal }: { cache: string; signal: AbortSignal },
): Promise<RuntimeImage> {
  const { stdout: version } = await execa(node, ['--version'])
  const name = `kontena.test/node:${version.slice(1)}`
  const key = contentKey([name, ...packages, ...apt.sources], [import.meta.filename])
  const archive = join(cache, `runtime-${key}.tar`)
  if (existsSync(archive)) return { name, archive }
  const scratch = await mkdtemp(join(tmpdir(), 'kontena-runtime-'))
  try {
    const layer = await makeLayer(apt, scratch, signal)
    await makeArchive(`${archive}.new`, { name, layer, scratch, signal })
    await rename(`${archive}.new`, archive)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { name, archive }
}

async function makeLayer(apt: HostApt, scratch: string, signal: AbortSignal): Promise<string> {
  const root = join(scratch, 'root')
  const sources = join(scratch, 'sources.list')
  await writeFile(sources, apt.sources.map((line) => `${line}\n`).join(''))
  await execa(
    'mmdebstrap',
    [
      '--variant=extract',
      '--mode=root',
      '--format=directory',
      ...apt.settings.map((line) => `--aptopt=${line}`),
      `--include=${packages.join(',')}`,
      suite,
      root,
      sources,
    ],
    { cancelSignal: signal },
  )
  for (const folder of ['usr/share/doc', 'var/lib/apt', 'var/cache/apt', 'var/lib/dpkg']) {
    await rm(join(root, folder), { recursive: true, force: true })
  }
  await mkdir(join(root, 'usr/local/bin'), { recursive: true })
  await cp(node, join(root, 'usr/local/bin/node'), { dereference: true })
  const layer = join(scratch, 'layer.tar')
  await tar(layer, root, ['.'], signal)
  return layer
}

async function makeArchive(
  archive: string,
  {
    name,
    layer,
    scratch,
    signal,
  }: Omit<RuntimeImage, 'archive'> & Record<'layer' | 'scratch', string> & { signal: AbortSignal },
): Promise<void> {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['node'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${await hashOf(layer)}`] },
  })
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`
  await writeFile(join(scratch, configName), config)
  const manifest = [{ Config: configName, RepoTags: [name], Layers: ['layer.tar'] }]
  await writeFile(join(scratch, 'manifest.json'), JSON.stringify(manifest))
  await tar(archive, scratch, ['manifest.json', configName, 'layer.tar'], signal)
}

/** The same bytes for the same files, whenever they are packed. */
async function tar(file: string, folder: string, names: readonly string[], signal: AbortSignal) {
  const stable = ['--sort=name', '--mtime=@0', '--numeric-owner', '--owner=0', '--group=0']
  await execa('tar', ['-C', folder, ...stable, '-cf', file, ...names], { cancelSignal: signal })
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
