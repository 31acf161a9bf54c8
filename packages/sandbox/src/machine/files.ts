import { randomBytes } from 'node:crypto'
import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { UserDataFile } from './cloud-config.ts'

/** Writes files of user data below a folder that stands for `/`; no path leads out of it. */
export async function writeFiles(root: string, files: readonly UserDataFile[]): Promise<void> {
  for (const file of files) {
    const target = join(root, join('/', file.path))
    await mkdir(dirname(target), { recursive: true })
    await (file.append ? appendFile : writeFile)(target, file.content)
    await chmod(target, file.mode)
  }
}

/** Gives a machine an ssh host key to report. Nothing listens with it, so it is made up. */
export async function writeHostKey(root: string): Promise<void> {
  const folder = join(root, 'etc/ssh')
  const type = Buffer.from('ssh-ed25519')
  const key = Buffer.concat([length(type.length), type, length(32), randomBytes(32)])
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'ssh_host_ed25519_key.pub'),
    `ssh-ed25519 ${key.toString('base64')} root@machine\n`,
  )
}

function length(bytes: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeUInt32BE(bytes)
  return field
}
