import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Which of these ports of this host somebody listens on, by TCP or UDP, as `6783/tcp`. */
export async function listeningPorts(proc: string, ports: readonly number[]): Promise<string[]> {
  const [tcp, udp] = await Promise.all([
    openPorts(proc, ['net/tcp', 'net/tcp6'], '0A'),
    openPorts(proc, ['net/udp', 'net/udp6'], '07'),
  ])
  return ports.flatMap((port) => [
    ...(tcp.has(port) ? [`${port}/tcp`] : []),
    ...(udp.has(port) ? [`${port}/udp`] : []),
  ])
}

/** proc_net_tcp: after a number the local address and port, the remote ones and the state, in hex. */
async function openPorts(
  proc: string,
  files: readonly string[],
  state: string,
): Promise<ReadonlySet<number>> {
  const texts = await Promise.all(
    files.map((file) => readFile(join(proc, file), 'utf8').catch(() => '')),
  )
  const lines = texts.flatMap((text) => [
    ...text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm),
  ])
  const open = lines.filter(([, , is]) => is === state)
  return new Set(open.map(([, port = '']) => Number.parseInt(port, 16)))
}
