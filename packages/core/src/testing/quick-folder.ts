import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const memory = '/dev/shm'

/**
 * A folder for files that need not outlive the process: in memory, where a computer has that. Facts make and
 * sync thousands of files, which takes a disk its time.
 */
export const quickFolder: string = existsSync(memory) ? memory : tmpdir()
