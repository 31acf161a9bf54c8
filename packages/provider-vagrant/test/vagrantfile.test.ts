import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { type MachineSpec, renderVagrantfile } from '../src/vagrantfile.ts'

const spec: MachineSpec = {
  title: 'node web-1 of grid demo',
  name: 'web-1',
  prefix: 'kontena-demo-',
  box: 'cloud-image/ubuntu-24.04',
  provider: 'virtualbox',
  memory: 2048,
  cpus: 2,
  address: '192.168.56.10',
  emulated: false,
  forwards: [],
  uploads: [{ from: 'user-data', to: 'user-data' }],
  script: 'provision',
  lock: '/home/me/.kontena/vagrant/lock',
}

const ruby = spawnSync('ruby', ['--version']).status === 0
if (!ruby) process.stdout.write('skipped: no ruby here to read Vagrantfiles with\n')

/** Runs a Vagrantfile with a Vagrant that notes what it is told, one word per line. */
function evaluate(text: string): string[] {
  const recorder = `
    class Note
      def method_missing(name, *words, **named, &block)
        puts ([name] + words + named.map { |key, value| "#{key}=#{value}" }).join(' ').inspect
        block.call(Note.new) if block
        Note.new
      end
      def respond_to?(*) = true
      def respond_to_missing?(*) = true
    end
    module Vagrant
      def self.configure(version) = yield(Note.new)
      def self.has_plugin?(name) = false
    end
    KONTENA_LOCK = nil
  `
  const run = spawnSync('ruby', ['-'], { input: `${recorder}\n${text}`, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  return run.stdout.trim().split('\n')
}

describe('the Vagrantfile', () => {
  it('of VirtualBox names its VM and its host-only address', () => {
    const text = renderVagrantfile(spec)

    expect(text).toContain("config.vm.network 'private_network', ip: '192.168.56.10'")
    expect(text).toContain("machine.name = 'kontena-demo-web-1'")
    expect(text).toContain("kontena_step.call('ProviderVirtualBox', 'Network', File::LOCK_EX)")
    expect(text).not.toContain('driver')
  })

  it('of libvirt names its network, and emulates where asked', () => {
    const libvirt = { ...spec, provider: 'libvirt' }

    expect(renderVagrantfile(libvirt)).toContain("libvirt__network_name: 'kontena-192-168-56'")
    expect(renderVagrantfile(libvirt)).not.toContain('cpu_mode')
    const emulated = renderVagrantfile({ ...libvirt, emulated: true })
    expect(emulated).toContain("machine.driver = 'qemu'")
    expect(emulated).toContain("machine.cpu_mode = 'maximum'")
  })

  it('of another provider keeps to what all of them know', () => {
    const text = renderVagrantfile({ ...spec, provider: 'parallels', address: undefined })

    expect(text).toContain("config.vm.network 'private_network', type: 'dhcp'")
    expect(text).not.toMatch(/kontena_step\.call|default_prefix|machine\.name/)
  })

  it('leads ports of this computer into the machine', () => {
    const text = renderVagrantfile({ ...spec, forwards: [{ guest: 443, host: 9292 }] })

    expect(text).toContain("guest: 443, host: 9292, host_ip: '127.0.0.1'")
  })

  it.each(['a\nb', 'a\u0000b'])('takes no control characters: %j', (box) => {
    expect(() => renderVagrantfile({ ...spec, box })).toThrow('control character')
    expect(() => renderVagrantfile({ ...spec, title: 'x\nsystem("id")' })).toThrow('one line')
  })

  it.runIf(ruby)('is Ruby, and says what it was told to', () => {
    expect(evaluate(renderVagrantfile(spec))).toEqual(
      expect.arrayContaining(['"box= cloud-image/ubuntu-24.04"', '"memory= 2048"', '"cpus= 2"']),
    )
    for (const provider of ['libvirt', 'vmware_desktop']) {
      expect(evaluate(renderVagrantfile({ ...spec, provider }))).toContain(`"provider ${provider}"`)
    }
  })

  it.runIf(ruby)('keeps hostile values as values', () => {
    const hostile = `#{system('id')}'; system('id'); "\\' \${x} {{y}} \`id\``
    const said = evaluate(renderVagrantfile({ ...spec, box: hostile, lock: hostile }))

    expect(said).toContain(JSON.stringify(`box= ${hostile}`).replaceAll('#{', '\\#{'))
  })
})
