import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const templates = join(import.meta.dirname, '../../../../templates')
const der = Buffer.from('what a certificate is, for the one who takes its hash')
const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`

/** A machine to which all has been copied, whose programs write down how they are called. */
function openMachine({ docker = 'true' }: { docker?: string } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'kontena-setup-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const path = (name: string) => join(root, name)
  const given = path('var/tmp/kontena')
  for (const name of ['bin', 'var/tmp/kontena', 'etc/systemd/system', 'etc/ssh', 'packed/dist']) {
    mkdirSync(path(name), { recursive: true })
  }
  writeFileSync(path('packed/dist/kontena.cjs'), 'the program')
  execFileSync('tar', ['-czf', join(given, 'program.tar.gz'), '-C', path('packed'), 'dist'])
  for (const name of ['packages', 'install-docker']) {
    copyFileSync(join(templates, 'node', name), join(given, name))
  }
  writeFileSync(join(given, 'kontena-master.service'), 'the unit')
  writeFileSync(join(given, 'master.env'), 'INITIAL_ADMIN_CODE=c0de\n')
  writeFileSync(join(given, 'image'), 'node:22\n')
  writeFileSync(path('etc/ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAAA root@box\n')
  const addProgram = (name: string, script: string) => {
    writeFileSync(
      path(`bin/${name}`),
      `#!/bin/sh\necho "${name} $*" >> ${path('calls')}\n${script}\n`,
    )
    chmodSync(path(`bin/${name}`), 0o755)
  }
  addProgram('docker', docker)
  // What starting the unit brings about.
  addProgram(
    'systemctl',
    `if [ "$1" = restart ]; then
      cp ${path('etc/kontena-master.env')} ${path('started-with')}
      mkdir -p ${path('var/lib/kontena-master/tls')}
      printf -- '${pem.replaceAll('\n', '\\n')}' > ${path('var/lib/kontena-master/tls/ca.pem')}
    fi`,
  )
  addProgram('sleep', 'true')
  return {
    path,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    run: async () => {
      const env = { PATH: `${path('bin')}:/usr/bin:/bin`, KONTENA_ROOT: root }
      const child = spawn('sh', [join(templates, 'master/setup')], { env })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
      }
      const [code] = await once(child, 'close')
      return { code, said }
    },
  }
}

const listening = `if [ "$1" = logs ]; then echo 'Kontena Master 2.0.0 listens at https://0.0.0.0'; fi`

describe("the setup of a master's machine", () => {
  it('puts the program in its place, starts it, and tells whom to trust', async () => {
    const machine = openMachine({ docker: listening })
    const { code, said } = await machine.run()

    expect(code).toBe(0)
    expect(said.split('\n')).toEqual([
      'kontena: the machine is up',
      'kontena: putting the master in its place',
      'kontena: installing Docker',
      'kontena: fetching the runtime image',
      'kontena: starting the master',
      'kontena: waiting for the master',
      'kontena: host key ssh-ed25519 AAAA',
      `kontena: authority ${createHash('sha256').update(der).digest('hex')}`,
      '',
    ])
    expect(machine.read('opt/kontena-master/dist/kontena.cjs')).toBe('the program')
    expect(machine.read('etc/systemd/system/kontena-master.service')).toBe('the unit')
    expect(statSync(machine.path('var/lib/kontena-master')).mode & 0o777).toBe(0o700)
    expect(machine.read('calls')).toContain('systemctl enable kontena-master.service')
  })

  it('leaves no code behind once the master has it', async () => {
    const machine = openMachine({ docker: listening })
    await machine.run()

    expect(machine.read('started-with')).toBe('INITIAL_ADMIN_CODE=c0de\n')
    expect(machine.read('etc/kontena-master.env')).toBe('')
    expect(statSync(machine.path('etc/kontena-master.env')).mode & 0o777).toBe(0o600)
    expect(existsSync(machine.path('var/tmp/kontena'))).toBe(false)
  })

  it('takes an image that is there, and asks for one that is not, several times', async () => {
    const there = openMachine({ docker: listening })
    await there.run()
    expect(there.read('calls')).not.toContain('docker pull')

    const away = openMachine({ docker: 'case $1 in image|pull) exit 1;; esac' })
    const { code, said } = await away.run()
    expect(code).toBe(1)
    expect(said).toContain('kontena: failed: fetch_image\n')
    expect(away.read('calls').split('docker pull --quiet node:22\n')).toHaveLength(5)
    expect(away.read('calls')).not.toContain('systemctl')
  })

  it('shows what a master said that does not come up', async () => {
    const machine = openMachine({ docker: `if [ "$1" = logs ]; then echo 'no room'; fi` })
    const { code, said } = await machine.run()

    expect(code).toBe(1)
    expect(said).toMatch(/no room\nkontena: failed: wait_for_master\n$/)
  })
})
