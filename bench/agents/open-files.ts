import { execFileSync } from 'node:child_process'

/** What a process has open besides the sockets that are counted. */
const others = 100

/** Throws where a process may not hold this many sockets, and says what to do. */
export function checkOpenFiles(sockets: number): void {
  // Node raises its own limit to the hard one.
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  if (limit === 'unlimited' || Number(limit) >= sockets + others) return
  throw new Error(
    `${sockets} agents take ${sockets + others} open files in one process, and ${limit} are allowed: ` +
      `raise that as root with ulimit -Hn ${sockets + others} before the run, or give --agents ${Number(limit) - others}`,
  )
}
