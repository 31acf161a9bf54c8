import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ChosenImage } from './choose-image.ts'
import { freePort } from './free-port.ts'
import { type Guest, openGuest } from './guest.ts'
import { searchPath } from './requirements.ts'
import type { Scratch } from './scratch.ts'
import type { SshKey } from './ssh-key.ts'

/** A host as somebody has it already: no cloud made it, and nothing of ours is on it. */
export interface PlainMachine {
  readonly guest: Guest
  /** File of its own disk. */
  readonly disk: string
  /** Where `ssh` reaches it from this computer. */
  readonly address: string
  readonly port: number
  readonly user: string
  console(): string
}

export interface PlainMachineOptions {
  readonly name: string
  readonly image: ChosenImage
  readonly key: SshKey
  readonly scratch: Scratch
  readonly signal: AbortSignal
}

/** This computer's loopback as a machine on qemu's user network sees it. */
const loopback = '10.0.2.2'
/** A machine is emulated in software where nothing better is there: up to a minute when it is quiet. */
const bootTimeout = 600_000

/** Boots a machine and waits until cloud-init is done. It ends with the scratch. */
export async function bootPlainMachine(options: PlainMachineOptions): Promise<PlainMachine> {
  const { name, image, key, scratch, signal } = options
  const port = await freePort()
  const disk = join(scratch.folder, `${name}.qcow2`)
  const log = join(scratch.folder, `${name}.log`)
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image.disk, '-F', 'qcow2', disk])
  const seed = await serveSeed(name, key, scratch)
  const qemu = execa(
    // The kernel ends it together with this process, however that ends.
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-name', name, ...accelerator()],
      ...['-smp', '2', '-m', '2048', '-nodefaults', '-no-user-config', '-display', 'none'],
      ...['-serial', `file:${log}`, '-device', 'virtio-rng-pci'],
      ...['-drive', `file=${disk},if=virtio,cache=unsafe,discard=unmap`],
      ...['-smbios', `type=1,serial=ds=nocloud-net;s=http://${loopback}:${seed}/`],
      ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ],
    { env: { PATH: searchPath }, reject: false, forceKillAfterDelay: 2000 },
  )
  scratch.defer(async () => {
    qemu.kill()
    await qemu
  })
  const login = { address: '127.0.0.1', port, user: image.user }
  const guest = openGuest({ ...login, identityFile: key.privateFile })
  await guest.until(`${name} to boot`, 'test -e /run/cloud-init/result.json', {
    timeout: bootTimeout,
    signal,
  })
  return { ...login, guest, disk, console: () => readFileSync(log, 'utf8') }
}

/** A hypervisor without hardware virtualisation of its own may show /dev/kvm too, and boots no usual kernel. */
export function accelerator(): string[] {
  const modules = ['/sys/module/kvm_intel', '/sys/module/kvm_amd']
  if (modules.some((folder) => existsSync(folder))) return ['-accel', 'kvm', '-cpu', 'host']
  return ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,la57=off']
}

/** cloud-init's NoCloud over HTTP: an empty document, and a key for the image's own user. */
async function serveSeed(name: string, key: SshKey, scratch: Scratch): Promise<number> {
  const seed: Record<string, string> = {
    '/meta-data': `instance-id: i-${name}\nlocal-hostname: ${name}\npublic-keys:\n- ${JSON.stringify(key.publicLine)}\n`,
    '/user-data': '#cloud-config\n{}\n',
    '/vendor-data': '',
  }
  const server = createServer((request, reply) => {
    const text = seed[request.url ?? '']
    reply.writeHead(text === undefined ? 404 : 200).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  scratch.defer(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the seed is served nowhere')
  return address.port
}
