import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const script = createRequire(import.meta.url).resolve('@kontena/templates/vagrant/provision')
const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0
if (!hasShellcheck) process.stdout.write('skipped: shellcheck of provision, which is missing\n')

/** A folder that stands for the `/` of a machine that Vagrant has booted. */
function openMachine() {
  const root = mkdtempSync(join(tmpdir(), 'kontena-provision-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const programs = join(root, 'programs')
  for (const folder of [
    programs,
    join(root, 'var/tmp/kontena'),
    join(root, 'etc/cloud'),
    ...['lo', 'docker0', 'enp0s3', 'enp0s8'].map((name) => join(root, 'sys/class/net', name)),
  ]) {
    mkdirSync(folder, { recursive: true })
  }
  for (const name of ['enp0s3', 'enp0s8']) {
    symlinkSync(root, join(root, 'sys/class/net', name, 'device'))
  }
  writeFileSync(join(root, 'var/tmp/kontena/user-data'), '#cloud-config\n# secret\n')
  writeFileSync(join(root, 'var/tmp/kontena/meta-data'), '{"instance-id":"vm-1"}\n')
  for (const tool of ['cat', 'chmod', 'grep', 'head', 'mkdir', 'rm', 'sed', 'timeout']) {
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(programs, tool))
  }
  const add = (name: string, text: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(programs, name), 0o755)
  }
  const note = (name: string): string => `echo "${name} $*" >> '${root}/calls'`
  add('cloud-init', `${note('cloud-init')}\nif [ "$1" = init ]; then umask >> '${root}/umasks'; fi`)
  add('systemctl', note('systemctl'))
  add(
    'ip',
    `case "$*" in
      *'route show default') echo 'default via 10.0.2.2 dev enp0s3 proto dhcp metric 100' ;;
      *'dev enp0s8') echo '3: enp0s8    inet 192.168.56.10/24 brd 192.168.56.255 scope global enp0s8' ;;
    esac`,
  )
  return {
    root,
    add,
    read: (path: string): string => readFileSync(join(root, path), 'utf8'),
    mode: (path: string): number => statSync(join(root, path)).mode & 0o777,
    calls: (): string[] => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n'),
    run: () =>
      spawnSync('/bin/sh', [script], {
        encoding: 'utf8',
        env: { KONTENA_ROOT: root, PATH: programs },
      }),
  }
}

describe('what Vagrant runs in a machine', () => {
  it('gives cloud-init what a cloud would, where only root reads it', () => {
    const machine = openMachine()

    const { status, stdout } = machine.run()

    expect([status, stdout.split('\n').at(-2)]).toEqual([0, 'kontena: cloud-init is done'])
    expect(machine.read('var/lib/cloud/seed/nocloud/user-data')).toBe('#cloud-config\n# secret\n')
    expect(machine.read('var/lib/cloud/seed/nocloud/meta-data')).toBe('{"instance-id":"vm-1"}\n')
    expect(machine.mode('var/lib/cloud/seed/nocloud')).toBe(0o700)
    expect(machine.mode('var/lib/cloud/seed/nocloud/user-data')).toBe(0o600)
    expect(existsSync(join(machine.root, 'var/tmp/kontena'))).toBe(false)
    expect(stdout).not.toContain('secret')
  })

  it('runs the stages of a boot in their order, and restarts SSH with the keys of this machine', () => {
    const machine = openMachine()

    machine.run()

    expect(machine.calls()).toEqual([
      'cloud-init status --wait',
      'cloud-init clean --logs',
      'cloud-init init --local',
      'cloud-init init',
      'systemctl try-restart ssh.service sshd.service',
      'cloud-init modules --mode=config',
      'cloud-init modules --mode=final',
    ])
    expect(machine.read('umasks').trim().split('\n')).toEqual(['0022', '0022'])
  })

  it('tells the agent which network other nodes are on, and cloud-init to leave networks alone', () => {
    const machine = openMachine()

    machine.run()

    expect(machine.read('etc/kontena/machine.env')).toBe('KONTENA_PEER_INTERFACE=enp0s8\n')
    expect(machine.read('etc/cloud/cloud.cfg.d/99-kontena.cfg')).toContain(
      'network: {config: disabled}',
    )
  })

  it('lets nobody log in with the password that all boxes have', () => {
    const machine = openMachine()
    machine.run()
    expect(machine.read('etc/cloud/cloud.cfg.d/99-kontena.cfg')).toMatch(/^ssh_pwauth: false$/m)
  })

  it('switches cloud-init on where the box has switched it off', () => {
    const machine = openMachine()
    mkdirSync(join(machine.root, 'run/cloud-init'), { recursive: true })
    for (const path of ['etc/cloud/cloud-init.disabled', 'run/cloud-init/disabled']) {
      writeFileSync(join(machine.root, path), '')
    }
    writeFileSync(join(machine.root, 'run/cloud-init/cloud.cfg'), 'di_report: {}')
    mkdirSync(join(machine.root, 'usr/lib/cloud-init'), { recursive: true })
    machine.add(
      '../usr/lib/cloud-init/ds-identify',
      `echo "identify $*" >> '${machine.root}/calls'`,
    )

    machine.run()

    expect(existsSync(join(machine.root, 'etc/cloud/cloud-init.disabled'))).toBe(false)
    expect(existsSync(join(machine.root, 'run/cloud-init/disabled'))).toBe(false)
    expect(existsSync(join(machine.root, 'run/cloud-init/enabled'))).toBe(true)
    expect(existsSync(join(machine.root, 'run/cloud-init/cloud.cfg'))).toBe(false)
    expect(machine.calls().slice(1, 4)).toEqual([
      'cloud-init clean --logs',
      'identify --force',
      'cloud-init init --local',
    ])
  })

  it('says that a box is of no use', () => {
    const machine = openMachine()
    rmSync(join(machine.root, 'programs/cloud-init'))

    const { status, stdout } = machine.run()

    expect(status).toBe(1)
    expect(stdout).toContain('kontena: failed: this box has no cloud-init')
  })

  it('says that the machine is on no private network', () => {
    const machine = openMachine()
    machine.add('ip', 'echo default via 10.0.2.2 dev enp0s8')

    expect(machine.run().stdout).toContain(
      'kontena: failed: this machine has no address on the private network',
    )
  })

  it('goes through all stages though one fails, and fails then', () => {
    const machine = openMachine()
    machine.add('cloud-init', `echo "$*" >> '${machine.root}/calls'; [ "$*" != 'init --local' ]`)

    const { status, stdout } = machine.run()

    expect(status).toBe(1)
    expect(machine.calls().at(-1)).toBe('modules --mode=final')
    expect(stdout).toContain('kontena: cloud-init init --local did not end well')
  })

  it('may be repeated', () => {
    const machine = openMachine()
    machine.run()
    mkdirSync(join(machine.root, 'var/tmp/kontena'))
    for (const file of ['user-data', 'meta-data']) {
      writeFileSync(join(machine.root, 'var/tmp/kontena', file), 'again')
    }

    expect(machine.run().status).toBe(0)
    expect(machine.read('var/lib/cloud/seed/nocloud/user-data')).toBe('again')
  })

  it.runIf(hasShellcheck)('is clean shell', () => {
    execFileSync('shellcheck', [script])
  })
})
