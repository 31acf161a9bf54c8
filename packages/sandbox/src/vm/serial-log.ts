import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The end of a file that qemu writes a serial console to; nothing where there is none yet. */
export function readSerialLog(path: string, most: number): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, most))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
