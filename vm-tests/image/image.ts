import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentKey, filesBelow, openCache } from './cache.ts'
import { makeDisk } from './disk.ts'
import { readHostApt } from './host-apt.ts'
import { diskSize, type Flavour, packagesOf } from './recipe.ts'
import { hooks, makeRootFileSystem, treeFolder } from './root-file-system.ts'
import { buildRuntimeImage, type RuntimeImage } from './runtime-image.ts'

/** A disk that machines boot from, each on a layer of its own. */
export interface Image {
  /** qcow2 file. */
  readonly disk: string
  /** What the image holds for `--agent-runtime`, and its Docker loads. */
  readonly runtime: RuntimeImage
  /** Milliseconds it took to make; 0 where it was there. */
  readonly took: number
}

/**
 * Makes a Debian image as clouds have them, from Debian's packages, or takes the one that is there. What
 * it is made from is in its name; older ones are removed. Needs root.
 */
export async function buildImage(flavour: Flavour, signal: AbortSignal): Promise<Image> {
  const cache = await openCache()
  const apt = await readHostApt()
  const started = Date.now()
  const runtime = await buildRuntimeImage(apt, { cache, signal })
  const recipe = [flavour, diskSize, ...packagesOf(flavour), ...apt.sources, ...apt.settings]
  const files = [...Object.values(hooks), ...filesBelow(treeFolder), ...apt.authorities]
  const key = contentKey([...recipe, runtime.archive], files)
  const disk = join(cache, `${flavour}-${key}.qcow2`)
  if (existsSync(disk)) return { disk, runtime, took: 0 }
  const scratch = await mkdtemp(join(tmpdir(), 'kontena-image-'))
  try {
    const root = join(scratch, 'root')
    await makeRootFileSystem(root, { flavour, apt, runtime, scratch, signal })
    await makeDisk(disk, { root, scratch, signal })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  await removeOlder(cache, `${flavour}-`, disk)
  await removeOlder(cache, 'runtime-', runtime.archive)
  return { disk, runtime, took: Date.now() - started }
}

async function removeOlder(cache: string, prefix: string, keep: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const file = join(cache, name)
    if (name.startsWith(prefix) && file !== keep) await rm(file)
  }
}
