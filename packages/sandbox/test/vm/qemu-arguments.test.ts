import { expect, test } from 'vitest'
import { type QemuSetup, qemuArguments } from '../../src/vm/qemu-arguments.ts'

const setup: QemuSetup = {
  name: 'i-1,a',
  guest: {
    smbios: ['type=1,manufacturer=UpCloud'],
    interfaces: [
      {
        mac: '02:00:00:00:00:01',
        address: undefined,
        prefix: 64,
        gateway: undefined,
        network: 'a',
      },
      {
        mac: '02:00:00:00:00:02',
        address: '10.9.0.2',
        prefix: 24,
        gateway: undefined,
        network: 'b',
      },
    ],
    metadata: () => ({ status: 404, body: '' }),
    metadataAddresses: [],
    nameServers: [],
    publicAddress: () => undefined,
  },
  plug: { interfaces: ['/s/1i0', '/s/1i1'], outside: '/s/1o', close: async () => {} },
  accelerator: 'tcg',
  memory: 1024,
  cpus: 1,
  disk: '/a,b/disk.qcow2',
  seed: '/a,b/seed.iso',
  console: '/a,b/console.log',
  monitor: '/s/m',
  ssh: { address: '127.0.0.1', port: 40_022 },
}

test('qemu is told of an emulated processor, disks, cables and one way out', () => {
  const words = qemuArguments(setup)
  const lines = words.map((word, index) =>
    word.startsWith('-')
      ? `${word} ${words[index + 1]?.startsWith('-') ? '' : words[index + 1]}`
      : '',
  )
  expect(lines.filter((line) => line !== '').join('\n')).toMatchInlineSnapshot(`
    "-name i-1,,a
    -accel tcg,thread=multi,tb-size=512
    -cpu max,la57=off
    -smp 1
    -m 1024
    -nodefaults 
    -no-user-config 
    -display none
    -chardev file,id=console,path=/a,,b/console.log,append=on
    -serial chardev:console
    -qmp unix:/s/m,server=on,wait=off
    -drive file=/a,,b/disk.qcow2,if=virtio,format=qcow2,cache=unsafe,discard=unmap
    -drive file=/a,,b/seed.iso,if=ide,media=cdrom,format=raw,readonly=on
    -device virtio-rng-pci
    -netdev stream,id=nic0,server=off,addr.type=unix,addr.path=/s/1i0
    -device virtio-net-pci,netdev=nic0,mac=02:00:00:00:00:01,romfile=
    -netdev stream,id=nic1,server=off,addr.type=unix,addr.path=/s/1i1
    -device virtio-net-pci,netdev=nic1,mac=02:00:00:00:00:02,romfile=
    -netdev user,id=outside,ipv6=off,net=198.19.255.0/24,host=198.19.255.254,dns=198.19.255.253,dhcpstart=198.19.255.15,hostfwd=tcp:127.0.0.1:40022-10.9.0.2:22
    -netdev stream,id=way-out,server=off,addr.type=unix,addr.path=/s/1o
    -netdev hubport,id=hub-outside,hubid=0,netdev=outside
    -netdev hubport,id=hub-way-out,hubid=0,netdev=way-out
    -smbios type=1,manufacturer=UpCloud"
  `)
})

test('where the processor can, it is not emulated', () => {
  const words = qemuArguments({ ...setup, accelerator: 'kvm' }).join(' ')
  expect(words).toContain('-accel kvm -cpu host')
})

test('without a place for ssh nothing is forwarded, and without a seed there is no CD', () => {
  const words = qemuArguments({ ...setup, ssh: undefined, seed: undefined }).join(' ')
  expect(words).not.toContain('hostfwd')
  expect(words).not.toContain('cdrom')
})
