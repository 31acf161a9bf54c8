import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderBootstrap } from '../src/bootstrap.ts'
import { allowedKeys, refusedKeys } from '../src/cloud-config-keys.ts'
import { isFailure } from '../src/errors.ts'
import { parseUserCloudConfig } from '../src/user-cloud-config.ts'
import { readUserData } from './bootstrap-machine.ts'
import { facts, options } from './bootstrap-options.ts'
import { cloudInitPython, mergeByCloudInit, runCloudInit } from './cloud-init.ts'

const header = '#cloud-config\n'

function problemOf(text: string): string {
  try {
    parseUserCloudConfig(text)
  } catch (error) {
    if (isFailure(error, 'BAD_OPTIONS') && error.hint !== undefined) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

/** The document that machines get, before it is packed. */
function renderWith(text: string | undefined, changes: Partial<typeof options> = {}): string {
  const cloudConfig = text === undefined ? undefined : parseUserCloudConfig(text)
  const limit = { bytes: 1_000_000, gzip: false }
  return Buffer.from(renderBootstrap({ ...options, ...changes, limit, cloudConfig })).toString()
}

const example = `${header}# A comment.
packages: [htop, "jq"]
package_update: yes
write_files:
  - path: /etc/motd
    permissions: "0644"
    content: |
      {{ not.jinja }} {% if %} {# "quoted" 'twice' \\ back
      \ttab, ü and 🙂
  - { path: /opt/tool, encoding: gz, content: !!binary "${gzipSync('tool').toString('base64')}" }
runcmd:
  - echo "\${HOME}" > /root/{{x}}
  - [ls, -l, /]
ssh_authorized_keys: [ssh-ed25519 AAAA me]
users:
  - default
  - &user { name: deploy, groups: [docker, 'sudo'], lock_passwd: true, uid: 0750 }
  - { <<: *user, name: other }
ntp: { enabled: on, servers: [] }
apt:
  sources:
    one: { source: "deb http://example.com/debian stable main", keyid: 1e3 }
swap: { size: 1073741824 }
mounts: [[sdb1, /data, auto, "defaults,nofail", '0', '2']]
timezone: ~
power_state: { mode: reboot, delay: now, timeout: 30 }
`

describe('a person’s own cloud-config', () => {
  it('stands after ours: files, commands and keys in our lists, all else beside them', () => {
    const { files, commands, sshKeys, entries } = parseUserCloudConfig(
      `${header}runcmd: [a b, [c, d]]\nwrite_files: [{ path: /a, content: b }]\nssh_authorized_keys: [k]\npackages: [x]\nntp: { enabled: no }\n`,
    )
    expect(files).toEqual(['{"path": "/a", "content": "b"}'])
    expect(commands).toEqual(['"a b"', '["c", "d"]'])
    expect(sshKeys).toEqual(['"k"'])
    expect(entries).toEqual(['"packages": ["x"]', '"ntp": {"enabled": false}'])
  })

  it('leaves our files and our command what they are, and in front', () => {
    const bare = readUserData(gzipSync(renderWith(undefined)), facts)
    const lists = `${header}write_files: [{ path: /etc/motd, permissions: '0644', content: hi }]\nruncmd: [[echo, hi]]\n`
    const { files, ...rest } = readUserData(gzipSync(renderWith(lists)), facts)
    expect([...files].slice(0, bare.files.size)).toEqual([...bare.files])
    expect(files.get('/etc/motd')?.content).toBe('hi')
    expect(rest.runcmd).toEqual([['/opt/kontena/setup'], ['echo', 'hi']])
    expect(rest.hostname).toBe(bare.hostname)
  })

  it('gives its keys to machines that get none of ours', () => {
    const text = renderWith(`${header}ssh_authorized_keys: [ssh-rsa AAAA me]\n`, { sshKeys: [] })
    expect(readUserData(gzipSync(text), facts).ssh_authorized_keys).toEqual(['ssh-rsa AAAA me'])
  })

  it('adds nothing where it holds nothing', () => {
    expect(renderWith(`${header}{}\n`)).toBe(renderWith(undefined))
  })

  it('is told with its size where it makes user data too large', () => {
    const cloudConfig = parseUserCloudConfig(
      `${header}runcmd:\n${Array.from({ length: 3_000 }, () => `- ${Math.random()}x\n`).join('')}`,
    )
    expect(() => renderBootstrap({ ...options, cloudConfig })).toThrow(
      expect.objectContaining({
        code: 'BOOTSTRAP_TOO_LARGE',
        hint: expect.stringMatching(/your cloud-config \d\d,\d{3}\)$/),
      }),
    )
  })
})

describe('a cloud-config that is refused', () => {
  it.each([
    ['a script', '#!/bin/sh\nreboot\n'],
    ['an include', '#include\nhttps://example.com/x\n'],
    ['an include after the word', '#cloud-config-archive\n- type: text/x-shellscript\n'],
    ['a patch', '#cloud-config-jsonp\n[]\n'],
    ['a boothook', '#cloud-boothook\n'],
    ['a part handler', '#part-handler\n'],
    ['a template', '## template: jinja\n#cloud-config\n{}\n'],
    ['a message', 'MIME-Version: 1.0\nContent-Type: text/cloud-config\n\n{}\n'],
    ['YAML without the line', 'packages: [x]\n'],
    ['YAML with an empty line first', '\n#cloud-config\n'],
    ['nothing', ''],
    ['something gzipped', '\u001f\ufffd\b'],
  ])('for being %s', (_what, text) => {
    expect(problemOf(text)).toBe('--cloud-config does not begin with the line #cloud-config')
  })

  it.each([
    ['a: [', 'is not YAML: '],
    ['a: 1\na: 2', 'is not YAML: Map keys must be unique at line 3, column 1'],
    ['packages: !!python/object:os.system x', 'is not YAML: Unresolved tag'],
    ['--- a\n--- b', 'is not YAML: '],
    ['- a', 'is not a mapping'],
    ['just text', 'is not a mapping'],
    ['', 'is not a mapping'],
    ['packages: !!set { a, b }', 'has a value of a kind that cannot be merged'],
    ['packages: [12345678901234567890]', 'has the number 12345678901234567000; write it in quotes'],
    ['packages: [.inf]', 'has the number Infinity'],
    [`ntp: { ${'k'.repeat(101)}: 1 }`, 'has a key of more than 100 characters'],
    ['write_files: { path: /a }', 'has write_files that is no list'],
    ['write_files:', 'has write_files that is no list'],
    ['runcmd: reboot', 'has runcmd that is no list'],
    ['ssh_authorized_keys: ssh-rsa AAAA', 'has ssh_authorized_keys that is no list'],
    ['ssh_authorized_keys: [{ a: b }]', 'has a key in ssh_authorized_keys that is no text'],
    ['runcmd: [echo, echo warning: high]', 'has a command in runcmd that is neither text nor'],
    ['runcmd: [7]', 'has a command in runcmd that is neither text nor'],
    ['runcmd: [~]', 'has a command in runcmd that is neither text nor'],
    ['runcmd: ["\\ud800"]', 'has half a character in a text'],
    ['ntp: { "\\udc00": x }', 'has half a character in a text'],
    ['packages: &all [x, *all]', 'has a value that holds itself'],
    ['ntp: &all { x: *all }', 'has a value that holds itself'],
    ['write_files: [text]', 'has a file in write_files without an absolute path'],
    ['write_files: [{ path: etc/motd }]', 'has a file in write_files without an absolute path'],
    ['write_files: [{ content: x }]', 'has a file in write_files without an absolute path'],
    ['mounts: [[sdb, /opt]]', 'mounts something on /opt, which hides'],
    ['mounts: [[sdb, "/usr/../etc//"]]', 'mounts something on /usr/../etc//, which hides'],
    ['mounts: [[sdb, /]]', 'mounts something on /, which hides'],
    ['mounts: all', 'has mounts that is no list'],
    ['power_state: { mode: poweroff }', 'has power_state with another mode than reboot'],
    ['power_state: now', 'has power_state with another mode than reboot'],
    ['packges: [x]', 'has "packges", which is no key of cloud-init that can be merged'],
    ['__proto__: { a: 1 }', 'has "__proto__", which is no key'],
  ])('for %j', (text, problem) => {
    expect(problemOf(`${header}${text}\n`)).toContain(`--cloud-config ${problem}`)
  })

  it('for its size, before it is read', () => {
    expect(problemOf(header + '#'.repeat(300_000))).toBe('--cloud-config is larger than 256 KiB')
  })

  it('for aliases that unfold to gigabytes', () => {
    const lines = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => `*a${level}`).join(', ')
      return `k${level + 1}: &a${level + 1} [${items}]`
    })
    expect(problemOf([`${header}k0: &a0 [x]`, ...lines].join('\n'))).toContain('by aliases')
  })

  it.each([
    ['lists', `packages: ${'['.repeat(100_000)}`],
    ['dashes', `packages:\n ${'- '.repeat(100_000)}x`],
    ['mappings', `packages: ${'{ a: '.repeat(40_000)}`],
    ['indented lines', Array.from({ length: 600 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')],
  ])('for %s in each other, of which enough would end the process', (_what, text) => {
    expect(problemOf(header + text)).toBe('--cloud-config is nested too deeply')
  })

  it('not for what people nest', () => {
    const text = `${header}packages: ${'['.repeat(40)}x${']'.repeat(40)}\n`
    expect(parseUserCloudConfig(text).entries).toHaveLength(1)
  })

  it.each([...refusedKeys])('for having %s, by name and with the reason', (key, reason) => {
    expect(problemOf(`${header}${key}: x\n`)).toBe(`--cloud-config has ${key}: ${reason}`)
  })

  it.each([
    '/etc/kontena/name',
    '/etc/kontena-agent.env',
    '/etc//kontena/../kontena/master',
    '/opt/../opt/kontena/setup',
    '/etc/systemd/system/kontena-agent.service.d/override.conf',
    '/lib/systemd/system/kontena-firewall.service',
    '/run/kontena/peers.nft',
    '/proc/self/root/etc/docker/daemon.json',
    '/etc/sysctl.d/99-kontena.conf',
    '/etc/docker/daemon.json',
    '/etc/./docker/daemon.json',
    '/etc/hostname',
    '/etc/hosts',
    '/etc/cloud/cloud.cfg.d/99-mine.cfg',
    '/var/lib/cloud/scripts/per-boot/x',
    '/run/cloud-init/result.json',
  ])('for writing %s', (path) => {
    const text = `${header}write_files: [{ path: "${path}", content: x, defer: true }]\n`
    expect(problemOf(text)).toBe(
      `--cloud-config has the file ${path} in write_files, which kontena writes or relies on`,
    )
  })

  it('never for a file of the person’s own', () => {
    const paths = ['/etc/motd', '/etc/docker/key.json', '/etc/cloudy', '/opt/x/../y', '/data/hosts']
    const files = paths.map((path) => ({ path, content: 'x' }))
    const text = header + JSON.stringify({ write_files: files })
    expect(parseUserCloudConfig(text).files).toHaveLength(paths.length)
  })
})

const isMissing = cloudInitPython === undefined
if (isMissing) {
  process.stdout.write('skipped: the merge with a cloud-config by cloud-init, which is missing\n')
}

describe.skipIf(isMissing)('cloud-init itself', () => {
  const instance = { v1: { instance_id: 'i-1' }, ds: { meta_data: { ami_launch_index: '0' } } }

  function merge(theirs: string) {
    const texts = { ours: renderWith(undefined), theirs, both: renderWith(theirs) }
    return mergeByCloudInit(texts, instance)
  }

  it('merges a cloud-config with ours to just what we send', () => {
    const { merged, read } = merge(example)
    expect(read).toEqual(merged)
    expect(read).toMatchObject({
      hostname: 'web-1',
      package_update: true,
      apt: { sources: { one: { keyid: '1e3' } } },
      users: ['default', { name: 'deploy', uid: 488 }, { name: 'other', lock_passwd: true }],
    })
  })

  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('y', 'yes', '~', '0755', '12:30', '1e3', '2026-11-20', '=', '<<', '{{ x }}'),
    fc.constantFrom('{% raw %}', '{#', '#}', '\u0000', '\u007f', '\u0085', '\u2028', '\ufffe'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  )
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 8 }), tie('node'), { maxKeys: 3 }),
    ),
  })).node

  it('reads any value as it was meant', () => {
    const values = fc.sample(value, { numRuns: 300, seed: 1969 })
    const { read } = merge(`${header}${JSON.stringify({ ntp: { values } })}\n`)
    expect(read?.ntp).toEqual({ values })
  })

  it('takes what is written without quotes for what we take it for', () => {
    const written = ['y', 'N', 'no', 'Off', 'TRUE', '~', 'Null', '0755', '0o755', '12:30', '1_000']
    written.push('0x1f', '0b11', '1e3', '.5', '1.25', '+1', '-0', "'it''s'", '[a, "b"]')
    const lines = written.map((text, index) => `  k${index}: ${text}\n`).join('')
    const { merged, read } = merge(`${header}ntp:\n${lines}`)
    expect(Object.keys(read?.ntp ?? {})).toHaveLength(written.length)
    expect(read?.ntp).toEqual(merged?.ntp)
  })

  it('keeps a date the text that it was', () => {
    expect(merge(`${header}ntp: { x: 2026-11-20 }\n`).read?.ntp).toEqual({ x: '2026-11-20' })
  })

  it('finds nothing wrong with the merged document', () => {
    const program = `
import sys
from cloudinit import util
from cloudinit.config.schema import validate_cloudconfig_schema, get_schema
from cloudinit.handlers.jinja_template import render_jinja_payload
facts = { 'v1': { 'instance_id': 'i-1' }, 'ds': { 'meta_data': { 'ami_launch_index': '0' } } }
config = util.load_yaml(render_jinja_payload(open(sys.argv[1]).read(), 'x', facts))
validate_cloudconfig_schema(config, get_schema(), strict=True)
print('valid')
`
    const text = example
      .replace('timezone: ~\n', '')
      .replace(', keyid: 1e3', '')
      .replace('0750', '750')
    expect(runCloudInit(program, renderWith(text))).toBe('valid\n')
  })

  it('has no key of which it is not settled whether it may be merged', () => {
    const file = runCloudInit(
      "import cloudinit.config.schema as s, os; print(os.path.join(os.path.dirname(s.__file__), 'schemas', 'schema-cloud-config-v1.json'))",
    )
    const node = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() })
    const schema = z.object({ $defs: z.record(z.string(), node) })
    const { $defs } = schema.parse(JSON.parse(readFileSync(file.trim(), 'utf8')))
    const keys = Object.entries($defs)
      .filter(([name]) => name.startsWith('cc_'))
      .flatMap(([, { properties }]) => Object.keys(properties ?? {}))
    expect(keys.length).toBeGreaterThan(60)
    expect(keys.filter((key) => !allowedKeys.has(key) && !refusedKeys.has(key))).toEqual([])
    expect([...refusedKeys.keys()].filter((key) => allowedKeys.has(key))).toEqual([])
  })
})
