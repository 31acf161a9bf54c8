import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

export interface SshKey {
  readonly privateFile: string
  readonly publicFile: string
  readonly publicLine: string
}

export async function makeSshKey(folder: string): Promise<SshKey> {
  const privateFile = join(folder, 'id_ed25519')
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'vm-tests', '-f', privateFile])
  const publicFile = `${privateFile}.pub`
  return { privateFile, publicFile, publicLine: (await readFile(publicFile, 'utf8')).trim() }
}
