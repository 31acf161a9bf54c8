import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makePrivateFolder, replacePrivateFile } from '@kontena/core'
import { z } from 'zod'

const account = z.object({ id: z.string().min(1) })

/**
 * A name for this computer that stays the same, so that another one says "this machine is not here" instead of
 * "it is gone". Its host name would change, and two computers may share one.
 */
export function readAccount(path: string): string {
  const known = read(path)
  if (known !== undefined) return known
  makePrivateFolder(dirname(path))
  const id = `computer-${randomBytes(8).toString('hex')}`
  replacePrivateFile(path, `${JSON.stringify({ id })}\n`)
  return id
}

function read(path: string): string | undefined {
  try {
    return account.parse(JSON.parse(readFileSync(path, 'utf8'))).id
  } catch {
    return undefined
  }
}
