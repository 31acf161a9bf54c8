import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { buildImage, type Image } from './image.ts'

/** A box for Vagrant with libvirt, as a file for `--box`. */
export interface Box {
  readonly file: string
  readonly image: Image
}

const metadata = { provider: 'libvirt', format: 'qcow2', virtual_size: 10 }
const vagrantfile = `Vagrant.configure('2') { |config| config.vm.synced_folder '.', '/vagrant', disabled: true }\n`

/** A box is a packed tar of the disk and two files about it; it stands beside the image in the cache. */
export async function buildBox(signal: AbortSignal): Promise<Box> {
  const image = await buildImage('box', signal)
  const file = image.disk.replace(/\.qcow2$/, '.box')
  if (existsSync(file)) return { file, image }
  const scratch = await mkdtemp(join(tmpdir(), 'kontena-box-'))
  try {
    await writeFile(join(scratch, 'metadata.json'), JSON.stringify(metadata))
    await writeFile(join(scratch, 'Vagrantfile'), vagrantfile)
    await execa('cp', ['--reflink=auto', image.disk, join(scratch, 'box.img')])
    const names = ['metadata.json', 'Vagrantfile', 'box.img']
    // The disk is packed already.
    const packer = ['--use-compress-program', 'gzip -1']
    await execa('tar', ['-C', scratch, ...packer, '-cf', `${file}.new`, ...names], {
      cancelSignal: signal,
    })
    await rename(`${file}.new`, file)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { file, image }
}
