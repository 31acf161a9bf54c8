import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { isFailure } from '../src/errors.ts'
import { type IgnitionOptions, renderIgnition } from '../src/ignition.ts'
import { machineFiles } from '../src/machine-files.ts'
import { networkPolicy } from '../src/network-policy.ts'
import { hasProgram, makeFolder } from './bootstrap-machine.ts'
import { ca, key, options as order } from './bootstrap-options.ts'
import { makeSshKey } from './bootstrap-ssh-key.ts'
import { readIgnition } from './ignition-document.ts'

const idRequests = {
  token: { url: 'http://192.0.2.1/token', request: 'X-Life: 60', header: 'X-Token' },
  urls: ['http://192.0.2.1/id?a=b&c=d'],
}
const files = machineFiles({
  master: { ...order.master, ca },
  agent: { runtime: defaultAgentRuntime },
  join: order,
  firewall: { policy: networkPolicy(), network: ['10.0.0.0/20'], metadataServices: [] },
  host: 'own',
})
const options: IgnitionOptions = { name: 'web-1', idRequests, sshKeys: order.sshKeys, files }

describe('renderIgnition', () => {
  it('carries all files of a machine, byte by byte, with their modes', () => {
    const written = readIgnition(renderIgnition(options)).files
    for (const { path, mode, content } of files) {
      expect(written.get(path)).toEqual({ mode, content })
    }
  })

  it('names the machine, and tells it how to ask for its id', () => {
    const written = readIgnition(renderIgnition(options)).files
    expect(written.get('/etc/hostname')?.content).toBe('web-1\n')
    expect(written.get('/etc/kontena/name')?.content).toBe('web-1\n')
    expect(written.get('/etc/kontena/id-requests')?.content).toBe(
      'token-url=http://192.0.2.1/token\ntoken-request=X-Life: 60\ntoken-header=X-Token\nurl=http://192.0.2.1/id?a=b&c=d\n',
    )
    expect(written.get('/opt/kontena/ask-id')?.mode).toBe(0o755)
    expect(written.has('/etc/kontena/instance-id')).toBe(false)
  })

  it('writes nothing where Flatcar cannot be written to', () => {
    const paths = [...readIgnition(renderIgnition(options)).files.keys()]
    expect(paths.filter((path) => !/^\/(?:etc|opt|var)\//.test(path))).toEqual([])
  })

  it('enables the set-up alone, once, after the network and the host keys are there', () => {
    const [unit, ...others] = readIgnition(renderIgnition(options)).units
    expect(others).toEqual([])
    expect(unit).toMatchObject({ name: 'kontena-setup.service', enabled: true })
    const text = unit?.contents ?? ''
    expect(text).toMatch(/^After=.*\bnetwork-online\.target\b.*\bsshd-keygen\.service\b/m)
    expect(text).toMatch(/^Wants=.*\bsshd-keygen\.service\b/m)
    expect(text).toContain('ConditionPathExists=!/var/lib/kontena/set-up\n')
    const steps = [...text.matchAll(/^ExecStart=(\S+)/gm)].map(([, program]) => program)
    expect(steps).toEqual(['/opt/kontena/ask-id', '/opt/kontena/setup', 'touch'])
  })

  it('gives each key once to the user that Flatcar comes with', () => {
    const keys = [`${key} joe`, makeSshKey('ssh-ed25519'), `${key} joe`]
    const { users } = readIgnition(renderIgnition({ ...options, sshKeys: keys }))
    expect(users).toEqual([{ name: 'core', sshAuthorizedKeys: keys.slice(0, 2) }])
  })

  it('gives the same bytes for the same options', () => {
    expect(renderIgnition(options)).toBe(renderIgnition(options))
  })

  it('keeps whatever stands in files and keys, in structure and in text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    const comment = text.map((each) => each.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim())
    fc.assert(
      fc.property(text, comment, (content, note) => {
        const file = { path: '/etc/kontena/x', mode: 0o600, content, ours: false }
        const line = `${key} ${note}`.trim()
        const read = readIgnition(renderIgnition({ ...options, files: [file], sshKeys: [line] }))
        expect(read.files.get('/etc/kontena/x')).toEqual({ mode: 0o600, content })
        expect(read.users[0]?.sshAuthorizedKeys).toEqual([line])
      }),
    )
  })

  it.each(['Web 1', '', 'web-1\n', '{{ name }}'])('refuses the name %j', (name) => {
    const refused = expectFailure(() => renderIgnition({ ...options, name }))
    expect(refused).toMatchObject({ code: 'BAD_OPTIONS' })
  })

  it.each([
    ['nothing', { urls: [] }],
    ['two lines for one', { urls: ['http://192.0.2.1/id\nheader=x'] }],
  ])('does not let a provider have its machines ask %s', (_, wrong) => {
    expect(() => renderIgnition({ ...options, idRequests: wrong })).toThrow('no usable way')
  })
})

describe('renderBootstrap for Ignition', () => {
  const wanted: BootstrapOptions = {
    ...order,
    format: 'ignition',
    names: ['web-1'],
    identity: { idRequests },
  }

  it('fits into what EC2 takes, with an authority and the keys of a team', () => {
    const sshKeys = Array.from({ length: 10 }, () => makeSshKey('ssh-ed25519'))
    const document = renderBootstrap({ ...wanted, sshKeys })
    expect(document.length).toBeLessThan(order.limit.bytes)
    const { files: written, users } = readIgnition(document)
    expect(written.get('/etc/kontena/ca.pem')?.content).toBe(ca)
    expect(users[0]?.sshAuthorizedKeys).toEqual(sshKeys)
  })

  it('leaves the comments of our own files out where they would be too much, and says when all is', () => {
    const bytes = renderBootstrap(wanted).length - 1
    const short = renderBootstrap({ ...wanted, limit: { bytes, gzip: true } })
    expect(short.length).toBeLessThan(bytes)
    const setup = readIgnition(short).files.get('/opt/kontena/setup')?.content
    expect(setup?.match(/^ *#.*/gm)).toEqual(['#!/bin/sh'])
    const refused = expectFailure(() =>
      renderBootstrap({ ...wanted, limit: { bytes: 1_000, gzip: true } }),
    )
    expect(refused).toMatchObject({ code: 'BOOTSTRAP_TOO_LARGE' })
  })

  it('takes no cloud-config', () => {
    const cloudConfig = { files: [], commands: [], sshKeys: [], entries: [] }
    const refused = expectFailure(() => renderBootstrap({ ...wanted, cloudConfig }))
    expect(refused).toMatchObject({ code: 'BAD_OPTIONS' })
  })

  it('is one machine’s, of a provider that tells how to ask for its id', () => {
    expect(() => renderBootstrap({ ...wanted, names: ['web-1', 'web-2'] })).toThrow('2 machines')
    expect(() => renderBootstrap({ ...wanted, identity: {} })).toThrow('nothing tells a machine')
  })
})

describe('a document for Ignition', () => {
  const hasValidator = hasProgram('ignition-validate')
  if (!hasValidator) process.stdout.write('skipped: ignition-validate, which is missing\n')

  it.skipIf(!hasValidator)('has nothing in it that ignition-validate warns of', () => {
    const document = renderIgnition(options)
    for (const input of [document, readIgnition(document).inner]) {
      const { status, stdout, stderr } = spawnSync('ignition-validate', ['-'], { input })
      expect({ status, text: `${stdout}${stderr}` }).toEqual({ status: 0, text: '' })
    }
  })

  // Debian's package has it where dracut takes it from. It makes the user by chroot, as root only.
  const ignition = '/usr/lib/dracut/modules.d/30ignition/ignition'
  const canRun = existsSync(ignition) && process.getuid?.() === 0
  if (!canRun) process.stdout.write('skipped: Ignition itself, which is missing, or not for us\n')

  it.skipIf(!canRun)('is what Ignition makes a system of', () => {
    const root = applyIgnition(ignition, renderIgnition(options))
    const read = (path: string): string => readFileSync(join(root, path), 'utf8')
    for (const { path, mode, content } of files) {
      expect(read(path)).toBe(content)
      expect(statSync(join(root, path)).mode & 0o777).toBe(mode)
    }
    expect(read('/etc/hostname')).toBe('web-1\n')
    expect(read('/home/core/.ssh/authorized_keys.d/ignition').trim()).toBe(options.sshKeys.join())
    expect(read('/etc/systemd/system/kontena-setup.service')).toContain('/opt/kontena/setup')
    expect(read('/etc/systemd/system-preset/20-ignition.preset')).toBe(
      'enable kontena-setup.service\n',
    )
  })

  const hasSystemd = hasProgram('systemd-analyze')
  if (!hasSystemd) process.stdout.write('skipped: systemd-analyze, which is missing\n')

  it.skipIf(!hasSystemd)('has a unit that systemd understands', () => {
    const folder = makeFolder()
    const [unit] = readIgnition(renderIgnition(options)).units
    const file = join(folder, unit?.name ?? '')
    writeFileSync(file, (unit?.contents ?? '').replaceAll('/opt/kontena/', '/bin/true '))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

/** Has Ignition fetch the document and write its files, users and units below a folder. */
function applyIgnition(ignition: string, document: string): string {
  const folder = makeFolder()
  // Keys are written as the user whose they are.
  chmodSync(folder, 0o755)
  const root = join(folder, 'root')
  for (const path of ['etc/selinux', 'usr/sbin', 'run', 'tmp']) {
    mkdirSync(join(root, path), { recursive: true })
  }
  // It labels files for SELinux, and has to find a policy and a program for that.
  writeFileSync(join(root, 'etc/selinux/config'), 'SELINUX=permissive\nSELINUXTYPE=none\n')
  const programs = join(folder, 'programs')
  mkdirSync(programs)
  writeFileSync(join(programs, 'setfiles'), '#!/bin/sh\ncat > /dev/null\n', { mode: 0o755 })
  writeFileSync(join(folder, 'document'), document)
  const arguments_ = ['--platform=file', `--root=${root}`, '--log-to-stdout']
  for (const name of ['config-cache', 'state-file', 'neednet']) {
    arguments_.push(`--${name}=${join(folder, name)}`)
  }
  const env = {
    PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin`,
    IGNITION_CONFIG_FILE: join(folder, 'document'),
  }
  for (const stage of ['fetch', 'files']) {
    const run = spawnSync(ignition, [`--stage=${stage}`, ...arguments_], { env, encoding: 'utf8' })
    expect(run.stdout.match(/^(?:WARNING|CRITICAL).*/gm)).toBeNull()
    expect(run.status).toBe(0)
  }
  return root
}

function expectFailure(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}
