import { readdir, readFile } from 'node:fs/promises'

/** The disk of the machine that the sandbox has at this public address, by the arguments of its process. */
export async function findDisk(publicAddress: string): Promise<string> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes(`hostfwd=tcp:${publicAddress}:22-`)) continue
    const disk = /\0file=([^,\0]+\.qcow2),/.exec(line)?.[1]
    if (disk !== undefined) return disk
  }
  throw new Error(`no machine runs at ${publicAddress}`)
}
