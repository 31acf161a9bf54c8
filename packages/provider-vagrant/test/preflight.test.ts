import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { networkPolicy } from '@kontena/core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { call, listenAt, loadProvider, openWorkbench, orderFor } from './workbench.ts'

beforeAll(loadProvider)

const hasKvm = existsSync('/dev/kvm')
if (hasKvm) process.stdout.write('skipped: a computer without KVM, as this one has it\n')

const preflight = (
  bench: ReturnType<typeof openWorkbench>,
  machine: Record<string, unknown> = {},
  order = orderFor(),
) => bench.open(machine).preflight(order, call)

const virtualbox = `case "$1 $2" in
  '--version '*) echo 7.0.20r163906 ;;
  'list hostinfo') echo 'Processor supports HW virtualization: yes' ;;
esac`

describe('before anything is made', () => {
  it('says that there is no Vagrant', async () => {
    const bench = openWorkbench()
    rmSync(join(bench.programs, 'vagrant'))
    vi.stubEnv('PATH', bench.programs)

    await expect(preflight(bench)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'there is no vagrant on this computer',
      hint: expect.stringContaining('developer.hashicorp.com/vagrant/install'),
    })
  })

  it.each(['Vagrant 2.2.18', 'Vagrant 1.9.8', 'Vagrant 2.1.99'])(
    'says that %s is too old, and which is not',
    async (version) => {
      const bench = openWorkbench()
      bench.behave({ version })

      await expect(preflight(bench)).rejects.toMatchObject({
        code: 'NOT_SUPPORTED',
        message: `the Vagrant on this computer is ${version.slice(8)}, and 2.2.19 or later is needed`,
      })
    },
  )

  it.each(['Vagrant 2.2.19', 'Vagrant 2.4.9', 'Vagrant 2.10.0', 'Vagrant 3.0.0.dev'])(
    'takes %s',
    async (version) => {
      const bench = openWorkbench()
      bench.behave({ version })

      expect((await preflight(bench)).facts.vagrant).toContain(' with libvirt')
    },
  )

  it('says that a vagrant which does not start does not', async () => {
    const bench = openWorkbench()
    bench.addProgram('vagrant', 'echo cannot load such file >&2; exit 1')

    await expect(preflight(bench)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'the vagrant on this computer does not start',
    })
  })

  it('says which plug-in is missing, and how it is installed', async () => {
    const bench = openWorkbench()
    bench.behave({ plugins: [] })

    await expect(preflight(bench, { vagrantProvider: 'libvirt' })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'Vagrant lacks the plug-in for libvirt',
      hint: 'install it with: vagrant plugin install vagrant-libvirt',
    })
    await expect(preflight(bench)).rejects.toMatchObject({
      message: 'Vagrant has nothing here to make machines with',
    })
  })

  it('finds VirtualBox first, as Vagrant does', async () => {
    const bench = openWorkbench()
    bench.addProgram('VBoxManage', virtualbox)

    expect((await preflight(bench)).facts.vagrant).toBe('2.3.4 with virtualbox')
  })

  it('finds other providers that Vagrant has plug-ins for', async () => {
    const bench = openWorkbench()
    bench.behave({ plugins: ['vagrant-parallels'] })

    expect((await preflight(bench)).facts.vagrant).toBe('2.3.4 with parallels')
  })

  it.each([
    ['is missing', undefined, 'there is no VirtualBox on this computer'],
    [
      'lacks its module',
      "echo 'WARNING: The vboxdrv kernel module is not loaded.'",
      "VirtualBox's kernel module is not loaded",
    ],
    [
      'has no hardware for it',
      'if [ "$1" = list ]; then echo "Processor supports HW virtualization: no"; else echo 7.0; fi',
      'this computer has no hardware virtualization',
    ],
  ])('says that VirtualBox %s', async (_, program, message) => {
    const bench = openWorkbench()
    if (program !== undefined) bench.addProgram('VBoxManage', program)

    await expect(preflight(bench, { vagrantProvider: 'virtualbox' })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message,
    })
  })

  it('says that libvirt does not run', async () => {
    const bench = openWorkbench()
    vi.stubEnv('LIBVIRT_DEFAULT_URI', `qemu+unix:///system?socket=${bench.root}/libvirt-sock`)

    await expect(preflight(bench, { emulated: true })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'libvirt does not run on this computer',
      hint: 'start it with: sudo systemctl start libvirtd',
    })
    await listenAt(join(bench.root, 'libvirt-sock'))
    await expect(preflight(bench, { emulated: true })).resolves.toBeDefined()
  })

  it.skipIf(hasKvm)('says that there is no KVM, and what else there is', async () => {
    const bench = openWorkbench()
    vi.stubEnv('LIBVIRT_DEFAULT_URI', `qemu+unix:///system?socket=${bench.root}/libvirt-sock`)
    await listenAt(join(bench.root, 'libvirt-sock'))

    await expect(preflight(bench)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'this computer has no KVM (/dev/kvm is not there)',
      hint: expect.stringContaining('--emulated'),
    })
  })

  it('says that containers are no machines', async () => {
    await expect(preflight(openWorkbench(), { vagrantProvider: 'docker' })).rejects.toThrow(
      '--vagrant-provider docker makes no machines',
    )
  })

  it('emulates with libvirt only', async () => {
    const bench = openWorkbench()
    bench.addProgram('VBoxManage', virtualbox)

    await expect(preflight(bench, { emulated: true })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '--emulated is not for virtualbox',
    })
    const { facts } = await preflight(bench, { emulated: true, vagrantProvider: 'libvirt' })
    expect(facts.vagrant).toBe('2.3.4 with libvirt, emulated')
  })

  it('says that a box file is not there', async () => {
    await expect(preflight(openWorkbench(), { box: './none.box' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('none.box'),
    })
  })

  it('says that an address is outside of what VirtualBox admits', async () => {
    const bench = openWorkbench()
    bench.addProgram('VBoxManage', virtualbox)

    await expect(preflight(bench, { networkAddress: '10.0.0.10' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message:
        '--network-address 10.0.0.10 is outside 192.168.56.0/21, which is all that VirtualBox admits',
    })
    expect((await preflight(bench, { networkAddress: 'dhcp' })).facts.network).toBe('dhcp')
  })

  it('says that machines do not fit into memory', async () => {
    const bench = openWorkbench()

    await expect(
      preflight(bench, { memory: 1_048_576 }, orderFor({ count: 254 })),
    ).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message: expect.stringContaining('254 machines of 1048576 MiB do not fit'),
    })
  })

  it('warns of a firewall that would shut Vagrant out', async () => {
    const bench = openWorkbench()
    const policy = networkPolicy({ sshFrom: ['203.0.113.0/24'] })

    const { warnings } = await preflight(bench, {}, orderFor({ policy }))

    expect(warnings.join()).toContain('Vagrant logs in by SSH')
    expect((await preflight(bench)).warnings).toEqual([])
  })

  it('makes nothing', async () => {
    const bench = openWorkbench()
    await preflight(bench)

    expect(bench.calls()).toEqual(['--version', 'plugin list', 'box list'])
  })
})

describe('a box that cannot be fetched', () => {
  it.each([
    [
      'Vagrant::Errors::BoxAddShortNotFound',
      'The box \'x/y\' could not be found or\ncould not be accessed in the remote catalog.\n\nURL: ["https://vagrantcloud.com/x/y"]\nError: Could not resolve host: vagrantcloud.com',
      'NOT_FOUND',
      'fetch the box cloud-image/ubuntu-24.04: Could not resolve host: vagrantcloud.com',
    ],
    [
      'Vagrant::Errors::DownloaderError',
      'An error occurred while downloading the remote file.\n\nThe requested URL returned error: 503',
      'UNAVAILABLE',
      'fetch the box cloud-image/ubuntu-24.04: The requested URL returned error: 503',
    ],
    [
      'Vagrant::Errors::BoxAddNoMatchingProvider',
      'The box you attempted to add does not support the provider you requested. Please find an alternate box.\n\nName: x',
      'BAD_OPTIONS',
      'fetch the box cloud-image/ubuntu-24.04: The box you attempted to add does not support the provider you requested. Please find an alternate box',
    ],
  ])('says so in Vagrant’s words: %s', async (name, message, code, told) => {
    const bench = openWorkbench()
    const session = bench.open()
    await session.preflight(orderFor(), call)
    bench.behave({ failures: { 'box add': { name, message } } })

    await expect(session.prepare(orderFor(), call)).rejects.toMatchObject({ code, message: told })
    bench.behave({})
    await session.prepare(orderFor(), call)
  })
})
