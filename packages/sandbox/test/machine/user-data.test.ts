import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readUserData } from '../../src/machine/user-data.ts'

const instance = {
  v1: { instance_id: 'i-1', region: 'eu-west-1', availability_zone: 'eu-west-1b' },
  metaData: { 'ami-launch-index': '1', placement: { region: 'eu-west-1' } },
}

function read(text: string | Buffer) {
  const files = readUserData(Buffer.from(text), instance)
  return files.map((file) => ({ ...file, content: file.content.toString() }))
}

function file(content: string, path = '/etc/a') {
  return { path, content, mode: 0o644, append: false }
}

function config(...lines: readonly string[]): string {
  return ['#cloud-config', 'write_files:', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

describe('user data', () => {
  test('may be absent or hold no files', () => {
    expect(read('')).toEqual([])
    expect(read('#cloud-config\n')).toEqual([])
    expect(read('#cloud-config\nhostname: a\n')).toEqual([])
  })
  test('may be gzipped', () => {
    expect(read(gzipSync(config('- { path: /etc/a, content: b }')))).toEqual([file('b')])
  })
  test('may be gzipped inside a message, for clouds that want text', () => {
    const base64 = gzipSync(config('- { path: /etc/a, content: b }')).toString('base64')
    const headers = [
      'MIME-Version: 1.0',
      'Content-Type: application/gzip',
      'Content-Transfer-Encoding: base64',
    ]
    const body = base64.replace(/.{40}/g, '$&\n')
    expect(read([...headers, '', body, ''].join('\n'))).toEqual([file('b')])
    const other = [headers[0], 'Content-Type: multipart/mixed', '', body].join('\n')
    expect(() => read(other)).toThrow('not of gzip in base64')
  })
  test.each([
    ['a script', '#!/bin/sh\nreboot\n'],
    ['cloud-config without its first line', 'write_files: []\n'],
    ['a template of something else', '## template: jinja\n#!/bin/sh\n'],
  ])('that is %s is refused', (_what, text) => {
    expect(() => read(text)).toThrow('not with #cloud-config')
  })
  test('that is broken is refused with the reason', () => {
    expect(() => read('#cloud-config\nwrite_files: [')).toThrow()
    expect(() => read(config('- { path: etc/a }'))).toThrow('is not absolute')
    expect(() => read(config('- { path: /a, encoding: rot13 }'))).toThrow('is no encoding')
    expect(() => read(config("- { path: /a, permissions: 'rw' }"))).toThrow('is no octal mode')
    expect(() => read(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).toThrow()
  })
})

describe('a template', () => {
  const header = '## template: jinja\n'
  test('knows the machine, by names with underscores for those with hyphens', () => {
    const lines = [
      '- path: /etc/{{ v1.instance_id }}',
      "  content: '{{ v1.availability_zone }} {{ region }} {{ ds.meta_data.placement.region }}'",
    ]
    const expected = [file('eu-west-1b eu-west-1 eu-west-1', '/etc/i-1')]
    expect(read(header + config(...lines))).toEqual(expected)
  })
  test('picks a name by launch index, which the metadata gives as text', () => {
    const entry = '- { path: /etc/a, content: {{ names[ds.meta_data.ami_launch_index | int] }} }'
    const text = config(entry).replace('\n', "\n{% set names = ['web-1', 'web-2'] %}\n")
    expect(read(header + text)).toEqual([file('web-2')])
  })
  test.each([
    ['i-1-host', ''],
    ['web-2', 'web-2'],
  ])('finds its name by the hostname %s only where it is one of the batch', (hostname, name) => {
    const lines = [
      '- path: /etc/a',
      '  content: "{{ name }}{{ (ds.meta_data.group ~ "/" ~ ds.meta_data.vm) | lower }}"',
    ]
    const set = '{% set name = v1.local_hostname if v1.local_hostname in names else "" %}'
    const text = config(...lines).replace('\n', `\n{% set names = ["web-1", "web-2"] %}\n${set}\n`)
    const machine = {
      v1: { instance_id: 'i-1', local_hostname: hostname },
      metaData: { group: 'My_(Group)', vm: 'web-2-A' },
    }
    const [one] = readUserData(Buffer.from(header + text), machine)
    expect(one?.content.toString()).toBe(`${name}my_(group)/web-2-a`)
  })
  test('is one only when its first line says so', () => {
    const text = config("- { path: /etc/a, content: '{{ v1.region }} {% raw' }")
    expect(read(text)).toEqual([file('{{ v1.region }} {% raw')])
    expect(() => read(`\n${header}${text}`)).toThrow('not with #cloud-config')
  })
})

test('files of a person’s own stand beside ours, in YAML of one line that jinja leaves alone', () => {
  const lines = [
    '- { path: /etc/a, content: "{{ v1.instance_id }}" }',
    '- {"path": "/etc/b", "content": "\\x7b{ not.jinja }} \\x7b% if %}\\n\\U0001f680", "defer": true}',
  ]
  expect(
    read(`## template: jinja\n${config(...lines)}runcmd: [[a], "b"]\n"packages": ["c"]\n`),
  ).toEqual([file('i-1'), file('{{ not.jinja }} {% if %}\n🚀', '/etc/b')])
})

describe('write_files', () => {
  const content = `quotes " ' newlines\n{{ braces }} $(dollars) # % 🚀`
  const base64 = Buffer.from(content).toString('base64')
  const gzipped = gzipSync(content).toString('base64')
  test.each([
    ['b64', base64],
    ['base64', base64],
    ['gz+b64', gzipped],
    ['gzip+base64', gzipped],
  ])('decodes %s', (encoding, encoded) => {
    const entry = `- { path: /etc/a, encoding: ${encoding}, content: '${encoded}' }`
    expect(read(config(entry))).toEqual([file(content)])
  })
  test('decodes binary YAML', () => {
    expect(
      read(config(`- { path: /etc/a, encoding: gz, content: !!binary '${gzipped}' }`)),
    ).toEqual([file(content)])
  })
  test.each([
    ["'0755'", 0o755],
    ["'0600'", 0o600],
    ['0640', 0o640],
    ["'1777'", 0o1777],
  ])('reads the mode %s', (permissions, mode) => {
    const [one] = readUserData(
      Buffer.from(config(`- { path: /etc/a, permissions: ${permissions} }`)),
      instance,
    )
    expect(one?.mode).toBe(mode)
  })
  test('keeps what is to be appended apart', () => {
    const [one] = read(config('- { path: /etc/a, content: b, append: true }'))
    expect(one?.append).toBe(true)
  })
})

test('keys open the account of the image', () => {
  expect(read('#cloud-config\nssh_authorized_keys: [ssh-ed25519 A, ssh-rsa B]\n')).toEqual([
    { ...file('ssh-ed25519 A\nssh-rsa B\n', '/home/ubuntu/.ssh/authorized_keys'), mode: 0o600 },
    { ...file('ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\n', '/etc/passwd'), append: true },
  ])
})
