import { open } from 'node:fs/promises'
import { z } from 'zod'
import { BootProblem } from './problem.ts'
import { runQemuImage } from './programs.ts'

/** A disk image that machines start from, each with a copy-on-write disk of its own. */
export interface Image {
  readonly path: string
  readonly format: 'qcow2' | 'raw'
  /** Bytes of the disk that it holds. */
  readonly size: number
}

const getting =
  'give the path or the address of a cloud image with cloud-init, as qcow2 or raw disk'
const info = z.object({ 'virtual-size': z.number().int().positive() })
/** Room for Docker and its images; cloud-init grows the file system on it. */
const leastDisk = 10 * 1024 ** 3

/** @throws BootProblem for a file that is missing, unreadable or no disk image */
export async function readImage(path: string): Promise<Image> {
  const format = formatOf(path, await firstSector(path))
  const told: unknown = JSON.parse(
    await runQemuImage(['info', '--output=json', '-f', format, '-U', path]),
  )
  return { path, format, size: info.parse(told)['virtual-size'] }
}

/** Makes a machine's own disk. */
export async function makeDisk(image: Image, disk: string): Promise<void> {
  const size = Math.max(image.size, leastDisk)
  await runQemuImage([
    ...['create', '-q', '-f', 'qcow2', '-b', image.path, '-F', image.format],
    disk,
    String(size),
  ])
}

async function firstSector(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    const read = file.read(Buffer.alloc(512), 0, 512, 0)
    const { buffer, bytesRead } = await read.finally(() => file.close())
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why =
      code === 'ENOENT' ? 'is not there' : code === 'EISDIR' ? 'is a folder' : 'cannot be read'
    throw new BootProblem(`the image ${path} ${why}`, getting, { cause })
  }
}

function formatOf(path: string, sector: Buffer): Image['format'] {
  if (sector.subarray(0, 4).equals(Buffer.from('QFI\xfb', 'latin1'))) return 'qcow2'
  // What a BIOS boots from ends its first sector like this.
  if (sector.length === 512 && sector.readUInt16LE(510) === 0xaa55) return 'raw'
  throw new BootProblem(`${path} is no disk image that can be booted`, getting)
}
