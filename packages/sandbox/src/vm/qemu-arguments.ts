import type { Guest } from './guest.ts'
import { outside } from './network/host-side.ts'
import type { Plug } from './network/switch.ts'

export interface QemuSetup {
  readonly name: string
  readonly guest: Guest
  readonly plug: Plug
  readonly accelerator: 'kvm' | 'tcg'
  /** MiB. */
  readonly memory: number
  readonly cpus: number
  /** A qcow2 file of the machine's own. */
  readonly disk: string
  /** A raw image that is read only. */
  readonly seed: string | undefined
  /** Where the serial console is written. */
  readonly console: string
  /** Socket of its monitor. */
  readonly monitor: string
  /** Where on this computer the machine's port 22 is; where absent, nowhere. */
  readonly ssh: { readonly address: string; readonly port: number } | undefined
}

const accelerators = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  // Page tables of five levels only make the walks of an emulated processor longer.
  tcg: ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,la57=off'],
} as const

/** Arguments of qemu-system-x86_64, 7.2 or newer. */
export function qemuArguments(setup: QemuSetup): readonly string[] {
  return [
    ...['-name', quoted(setup.name)],
    ...accelerators[setup.accelerator],
    ...['-smp', String(setup.cpus), '-m', String(setup.memory)],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-chardev', `file,id=console,path=${quoted(setup.console)},append=on`],
    ...['-serial', 'chardev:console'],
    ...['-qmp', `unix:${quoted(setup.monitor)},server=on,wait=off`],
    // The disk goes with the sandbox, so nothing has to survive a crash of this computer.
    ...['-drive', `file=${quoted(setup.disk)},if=virtio,format=qcow2,cache=unsafe,discard=unmap`],
    ...(setup.seed === undefined
      ? []
      : ['-drive', `file=${quoted(setup.seed)},if=ide,media=cdrom,format=raw,readonly=on`]),
    ...['-device', 'virtio-rng-pci'],
    ...setup.guest.interfaces.flatMap(({ mac }, index) => [
      ...['-netdev', stream(`nic${index}`, setup.plug.interfaces[index] ?? '')],
      ...['-device', `virtio-net-pci,netdev=nic${index},mac=${mac},romfile=`],
    ]),
    ...outsideArguments(setup),
    ...setup.guest.smbios.flatMap((table) => ['-smbios', table]),
  ]
}

/** qemu's own way out of this computer, on a hub with the cable that leads to it. */
function outsideArguments({ guest, plug, ssh }: QemuSetup): readonly string[] {
  const { address } = guest.interfaces.find((one) => one.address !== undefined) ?? {}
  const forward =
    ssh === undefined || address === undefined
      ? ''
      : `,hostfwd=tcp:${ssh.address}:${ssh.port}-${address}:22`
  const { range, host, resolver, firstLease } = outside
  return [
    '-netdev',
    `user,id=outside,ipv6=off,net=${range},host=${host},dns=${resolver},dhcpstart=${firstLease}${forward}`,
    ...['-netdev', stream('way-out', plug.outside)],
    ...['-netdev', 'hubport,id=hub-outside,hubid=0,netdev=outside'],
    ...['-netdev', 'hubport,id=hub-way-out,hubid=0,netdev=way-out'],
  ]
}

function stream(id: string, path: string): string {
  return `stream,id=${id},server=off,addr.type=unix,addr.path=${quoted(path)}`
}

/** qemu takes a value apart at commas that are not doubled. */
export function quoted(value: string): string {
  return value.replaceAll(',', ',,')
}
