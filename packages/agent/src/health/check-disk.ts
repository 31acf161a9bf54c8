import { readFilesystem } from '../filesystem.ts'
import type { Check } from './check.ts'

/** Above this Docker begins to fail in ways that tell nobody the reason. */
const mostPercent = 90

/** Whether the file system of Docker's folder has room, for bytes and for files. */
export async function checkDisk(rootFolder: string): Promise<Check> {
  try {
    const { used, available, inodes } = await readFilesystem(rootFolder)
    const bytes = percent(used, available)
    const files = inodes === undefined ? 0 : percent(inodes.total - inodes.free, inodes.free)
    return {
      name: 'disk',
      ok: bytes <= mostPercent && files <= mostPercent,
      message: `${rootFolder} is ${bytes} % full${files > mostPercent ? `, and ${files} % of its inodes are taken` : ''}`,
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name: 'disk', ok: false, message: `${rootFolder} cannot be looked at: ${reason}` }
  }
}

/** As df(1) counts: of what is there for everybody, without root's reserve. */
function percent(used: number, available: number): number {
  const whole = used + available
  return whole <= 0 ? 0 : Math.ceil((used / whole) * 100)
}
