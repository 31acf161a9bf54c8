import { open, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { diskSize } from './recipe.ts'

const bootSector = '/usr/lib/grub/i386-pc/boot.img'
const sectorBytes = 512
/** Where the only partition begins; what is before it belongs to the boot loader. */
const firstSector = 2048

/**
 * Makes a disk that boots by BIOS from a folder that holds a root file system. Nothing is mounted and no
 * loop device is needed: the file system is made full, and GRUB's two parts are written before it.
 */
export async function makeDisk(
  disk: string,
  { root, scratch, signal }: { root: string; scratch: string; signal: AbortSignal },
): Promise<void> {
  const running = { cancelSignal: signal, env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } }
  const raw = join(scratch, 'disk.raw')
  await writeFile(raw, '')
  await truncate(raw, Number.parseInt(diskSize, 10) * 2 ** 30)
  await execa('sfdisk', ['-q', raw], {
    ...running,
    input: `start=${firstSector}, type=83, bootable\n`,
  })
  const offset = firstSector * sectorBytes
  const kilobytes = Math.floor(((await stat(raw)).size - offset) / 1024)
  const extended = `offset=${offset},lazy_itable_init=1,nodiscard`
  const filled = ['-L', 'kontena-root', '-m', '1', '-E', extended, '-d', root]
  await execa('mkfs.ext4', ['-q', '-F', ...filled, raw, `${kilobytes}k`], running)
  await writeBootLoader(raw, scratch, signal)
  await execa(
    'qemu-img',
    ['convert', '-O', 'qcow2', '-c', '-o', 'compression_type=zstd', raw, `${disk}.new`],
    running,
  )
  await rename(`${disk}.new`, disk)
}

/**
 * The boot sector loads the sector after it, where GRUB's core begins, which says of itself that it lies
 * in one piece.
 */
async function writeBootLoader(raw: string, scratch: string, signal: AbortSignal): Promise<void> {
  const core = join(scratch, 'core.img')
  const modules = ['biosdisk', 'part_msdos', 'ext2', 'normal', 'linux', 'configfile', 'serial']
  await execa(
    'grub-mkimage',
    ['-O', 'i386-pc', '-p', '(hd0,msdos1)/boot/grub', '-o', core, ...modules, 'terminal'],
    { cancelSignal: signal },
  )
  const coreBytes = await readWhole(core)
  if (coreBytes.length > (firstSector - 1) * sectorBytes) {
    throw new Error(`GRUB's core of ${coreBytes.length} bytes does not fit before the partition`)
  }
  const target = await open(raw, 'r+')
  try {
    // What follows in the boot sector is the partition table.
    await target.write((await readWhole(bootSector)).subarray(0, 440), 0, 440, 0)
    await target.write(coreBytes, 0, coreBytes.length, sectorBytes)
  } finally {
    await target.close()
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
