import { statfs } from 'node:fs/promises'

/** How full a file system is. */
export interface Filesystem {
  /** Bytes. */
  readonly free: number
  /** To others than root. */
  readonly available: number
  readonly used: number
  readonly total: number
  /** Undefined where the file system has no fixed number of them. */
  readonly inodes: { readonly free: number; readonly total: number } | undefined
}

/**
 * The file system of Docker's folder. In a container that is not to be seen, but our own root lies on the
 * same one, where Docker keeps it; 1.5 read that too.
 */
export async function readFilesystem(rootFolder: string): Promise<Filesystem> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(rootFolder).catch(() =>
    statfs('/'),
  )
  return {
    free: bfree * bsize,
    available: bavail * bsize,
    used: (blocks - bfree) * bsize,
    total: blocks * bsize,
    inodes: files === 0 ? undefined : { free: ffree, total: files },
  }
}
