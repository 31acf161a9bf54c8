import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs by what they are needed for. Debian's package is named where it is called otherwise. */
const programs = {
  vm: ['qemu-system-x86_64 (qemu-system-x86)', 'qemu-img (qemu-utils)', 'ssh (openssh-client)'],
  image: [
    'mmdebstrap',
    'grub-mkimage (grub-pc-bin)',
    'mkfs.ext4 (e2fsprogs)',
    'sfdisk (fdisk)',
    'zstd',
    'apt-get',
  ],
  vagrant: [
    'vagrant (vagrant-libvirt)',
    'libvirtd (libvirt-daemon-system)',
    'virsh (libvirt-clients)',
    'dnsmasq (dnsmasq-base)',
    'slirp4netns',
    'ip (iproute2)',
  ],
} as const

/** Why such machines cannot be had on this computer, printed too; undefined where they can. */
export function skipReason(...uses: readonly (keyof typeof programs)[]): string | undefined {
  const reason = whatIsMissing(...uses)
  if (reason !== undefined) process.stdout.write(`skipped: ${reason}\n`)
  return reason
}

function whatIsMissing(...uses: readonly (keyof typeof programs)[]): string | undefined {
  const missing = uses
    .flatMap((use) => [...programs[use]])
    .filter((program) => !isThere(program.split(' ')[0] ?? program))
  const reasons = missing.length === 0 ? [] : [`not installed: ${missing.join(', ')}`]
  // Files of the image belong to root, as do the network of a libvirt of our own.
  if (process.getuid?.() !== 0 && uses.some((use) => use !== 'vm')) reasons.push('needs root')
  if (!mayChangeRoutes()) reasons.push('routes may not be changed here (CAP_NET_ADMIN)')
  if (process.arch !== 'x64') reasons.push(`the image is for x64, this computer is ${process.arch}`)
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

/** Root of a container often may not; machines are reached by a route. See capabilities(7) for the bit. */
function mayChangeRoutes(): boolean {
  if (process.platform !== 'linux') return true
  const [, effective = '0'] =
    /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return (BigInt(`0x${effective}`) & (1n << 12n)) !== 0n
}

/** System programs stand in folders that are not on everybody's path. */
export const searchPath = [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter)

function isThere(program: string): boolean {
  return searchPath.split(delimiter).some((folder) => {
    const file = join(folder, program)
    if (!existsSync(file)) return false
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
