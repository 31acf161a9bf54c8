import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ProvisionError } from '@kontena/core'

/** A file that a flag names, relative to where the command was typed. Throws `LOCAL_FILE`. */
export async function readTextFile(file: string, flag: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new ProvisionError('LOCAL_FILE', `${flag} ${file} cannot be read: ${code}`, {
      cause: error,
      hint: 'check the path, and that you may read it',
    })
  }
}
