/** An image as a cloud has it; one with Docker in it; one that is the disk of a box for Vagrant. */
export const flavours = ['plain', 'docker', 'box'] as const
export type Flavour = (typeof flavours)[number]

/** Debian's release, which is also what the names of the image's files begin with. */
export const suite = 'bookworm'
/** The disk as the machine sees it; its file holds only what is used. */
export const diskSize = '10G'

const base = [
  'linux-image-cloud-amd64',
  'initramfs-tools',
  'zstd',
  'systemd-sysv',
  'systemd-resolved',
  'libnss-resolve',
  'udev',
  'dbus',
  'kmod',
  'cloud-init',
  'cloud-guest-utils',
  'isc-dhcp-client',
  'openssh-server',
  'sudo',
  'iproute2',
  'iputils-ping',
  'procps',
  'ca-certificates',
  'curl',
  'python3',
  'gpg',
  'e2fsprogs',
  'fdisk',
  'locales',
  'adjtimex',
]

/**
 * Debian's kernel has AppArmor on, and Docker then starts no container without its parser. What is there is
 * not installed again, which is proved on the plain one.
 */
const more: Readonly<Record<Flavour, readonly string[]>> = {
  plain: [],
  docker: ['docker.io', 'iptables', 'apparmor', 'nftables'],
  box: ['rsync'],
}

export function packagesOf(flavour: Flavour): readonly string[] {
  return [...base, ...more[flavour]]
}
