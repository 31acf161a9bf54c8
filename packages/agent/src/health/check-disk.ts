import { type Filesystem, readFilesystem } from '../host/filesystem.ts'
import { reasonOf } from '../reason-of.ts'
import type { Check } from './check.ts'

/** Above this Docker begins to fail in ways that tell nobody the reason. */
const mostPercent = 90

/** Whether the file system of Docker's folder has room, for bytes and for files. */
export async function checkDisk(rootFolder: string): Promise<Check> {
  try {
    return judgeDisk(rootFolder, await readFilesystem(rootFolder))
  } catch (error) {
    const reason = reasonOf(error)
    return { name: 'disk', ok: false, message: `${rootFolder} cannot be looked at: ${reason}` }
  }
}

/** What these figures mean for what lies in this folder. */
export function judgeDisk(folder: string, { used, available, inodes }: Filesystem): Check {
  const bytes = percent(used, available)
  const files = inodes === undefined ? 0 : percent(inodes.total - inodes.free, inodes.free)
  const more = files > mostPercent ? `, and ${files} % of its inodes are taken` : ''
  return {
    name: 'disk',
    ok: bytes <= mostPercent && files <= mostPercent,
    message: `${folder} is ${bytes} % full${more}`,
  }
}

/** As df(1) counts: of what is there for everybody, without root's reserve. */
function percent(used: number, available: number): number {
  const whole = used + available
  return whole <= 0 ? 0 : Math.ceil((used / whole) * 100)
}
