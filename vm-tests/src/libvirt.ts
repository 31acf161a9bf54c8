import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from '@kontena/core'
import { execa } from 'execa'
import type { Place } from './master.ts'
import { searchPath } from './requirements.ts'
import type { Scratch } from './scratch.ts'

/** A libvirt of our own, in namespaces that nothing else of this computer sees. */
export interface Libvirt extends Place {
  /** Runs a command in there and gives what it prints. */
  run(command: readonly string[], signal: AbortSignal): Promise<string>
}

/**
 * Root may start everything, without control groups and without a security driver, which need a systemd
 * that a computer for tests may not have.
 */
const qemuSettings = `user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
`
const daemonSettings = `auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
`
/** What slirp4netns gives to the network in there. */
const ownAddress = '10.0.2.100'
/** The name server that it answers for. */
const resolver = 'nameserver 10.0.2.3\n'

/**
 * The first process in there. It lays empty folders over those of the computer's own libvirt, keeps the
 * namespaces while others enter, and takes everybody in them along when it ends.
 */
const holder = `set -eu
cp -a /etc/libvirt/. "$1/etc/"
cp "$1/qemu.conf" "$1/etc/qemu.conf"
mkdir -p /run/libvirt /var/log/libvirt
for folder in etc:/etc/libvirt state:/var/lib/libvirt log:/var/log/libvirt run:/run/libvirt; do
  mount --bind "$1/\${folder%%:*}" "\${folder#*:}"
done
mount --bind "$1/resolv.conf" /etc/resolv.conf
mkdir -p /var/lib/libvirt/images /var/log/libvirt/qemu
ip link set lo up
echo ready > "$1/ready"
exec sleep infinity`

export async function openLibvirt(scratch: Scratch, signal: AbortSignal): Promise<Libvirt> {
  const folder = join(scratch.folder, 'libvirt')
  for (const name of ['etc', 'state', 'log', 'run']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  await writeFile(join(folder, 'qemu.conf'), qemuSettings)
  await writeFile(join(folder, 'libvirtd.conf'), daemonSettings)
  await writeFile(join(folder, 'resolv.conf'), resolver)
  const pid = await startHolder(folder, scratch, signal)
  await openWayOut(pid, { folder, scratch, signal })
  // Whatever runs in there ends with the process that leads it there, which is the one that is stopped.
  const lead = ['setpriv', '--pdeathsig', 'TERM']
  const enter = ['nsenter', '--target', pid, '--net', '--mount', '--pid', '--', ...lead]
  const run = async (command: readonly string[], using: AbortSignal): Promise<string> => {
    const [file = '', ...words] = [...enter, ...command]
    const { stdout } = await execa(file, words, { env: { PATH: searchPath }, cancelSignal: using })
    return stdout
  }
  const daemon = ['libvirtd', '--daemon', '--pid-file', join(folder, 'libvirtd.pid')]
  await run([...daemon, '--config', join(folder, 'libvirtd.conf')], signal)
  const wait = { reason: 'libvirt to answer', every: 500, timeout: 60_000, signal }
  await poll(wait, () =>
    run(['virsh', '-c', 'qemu:///system', 'uri'], signal).catch(() => undefined),
  )
  return { enter, address: ownAddress, run }
}

async function startHolder(folder: string, scratch: Scratch, signal: AbortSignal): Promise<string> {
  const inside = ['sh', '-c', holder, 'holder', folder]
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const running = execa('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...inside], {
    env: { PATH: searchPath },
    reject: false,
  })
  scratch.defer(async () => {
    // It waits for the namespaces' first process and minds nothing milder.
    running.kill('SIGKILL')
    await running
  })
  const children = `/proc/${running.pid}/task/${running.pid}/children`
  const wait = { reason: 'namespaces for libvirt', every: 100, timeout: 30_000, signal }
  return poll(wait, async () => {
    const isReady = readIfThere(join(folder, 'ready')) === 'ready\n'
    return isReady ? readIfThere(children)?.trim() : undefined
  })
}

/** The network in there leads out by ordinary connections of this computer, and not to its loopback. */
async function openWayOut(
  pid: string,
  { folder, scratch, signal }: { folder: string; scratch: Scratch; signal: AbortSignal },
): Promise<void> {
  const options = ['--configure', '--mtu=1400', '--disable-host-loopback', pid, 'tap0']
  const running = execa('setpriv', ['--pdeathsig', 'KILL', 'slirp4netns', ...options], {
    env: { PATH: searchPath },
    stdout: { file: join(folder, 'slirp4netns.log') },
    reject: false,
  })
  scratch.defer(async () => {
    running.kill()
    await running
  })
  const look = ['nsenter', '--target', pid, '--net', 'ip', '-brief', 'address', 'show', 'tap0']
  const wait = { reason: 'a way out for libvirt', every: 200, timeout: 30_000, signal }
  await poll(wait, async () => {
    const [file = '', ...words] = look
    const { stdout } = await execa(file, words, { env: { PATH: searchPath }, reject: false })
    return stdout.includes(ownAddress) || undefined
  })
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
