import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readUserData } from '../../src/machine/user-data.ts'

const instance = { v1: {}, metaData: {}, reads: 'ignition' } as const

function read(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const files = readUserData(Buffer.from(text), instance)
  return files.map((file) => ({ ...file, content: file.content.toString() }))
}

const ignition = { version: '3.3.0' }

function withFile(contents: object, rest: object = {}) {
  return { ignition, storage: { files: [{ path: '/etc/a', contents, ...rest }] } }
}

function file(content: string, path = '/etc/a', mode = 0o644) {
  return { path, content, mode, append: false }
}

function packed(document: unknown) {
  const source = `data:;base64,${gzipSync(JSON.stringify(document)).toString('base64')}`
  return { ignition: { ...ignition, config: { replace: { source, compression: 'gzip' } } } }
}

describe('a document for Ignition', () => {
  test('may hold nothing', () => {
    expect(read('')).toEqual([])
    expect(read({ ignition })).toEqual([])
  })
  test('puts files on a machine, from data URLs of each kind', () => {
    const gzipped = gzipSync('b').toString('base64')
    expect(read(withFile({ source: 'data:,b%20%23%0A' }))).toEqual([file('b #\n')])
    expect(read(withFile({ source: 'data:text/plain;charset=utf-8;base64,Yg==' }))).toEqual([
      file('b'),
    ])
    expect(read(withFile({ source: `data:;base64,${gzipped}`, compression: 'gzip' }))).toEqual([
      file('b'),
    ])
  })
  test('has modes as numbers', () => {
    expect(read(withFile({ source: 'data:,b' }, { mode: 384 }))).toEqual([
      file('b', '/etc/a', 0o600),
    ])
    expect(() => read(withFile({ source: 'data:,b' }, { mode: '0600' }))).toThrow('mode')
  })
  test('brings units, and accounts with their keys', () => {
    const systemd = { units: [{ name: 'a.service', enabled: true, contents: '[Unit]\n' }] }
    const passwd = { users: [{ name: 'core', sshAuthorizedKeys: ['ssh-ed25519 A', 'ssh-rsa B'] }] }
    expect(read({ ignition, systemd, passwd })).toEqual([
      file('[Unit]\n', '/etc/systemd/system/a.service'),
      file('ssh-ed25519 A\nssh-rsa B\n', '/home/core/.ssh/authorized_keys', 0o600),
      file('core:x:500:500::/home/core:/bin/sh\n', '/etc/passwd'),
    ])
  })
  test('gives way to the one that it carries', () => {
    expect(read({ ...packed(withFile({ source: 'data:,b' })) })).toEqual([file('b')])
  })
  test.each([
    ['what was gzipped as a whole', gzipSync(JSON.stringify({ ignition })).toString('latin1'), ''],
    ['a document for cloud-init', '#cloud-config\n', ''],
    ['a newer version', { ignition: { version: '3.4.0' } }, 'no version of the specification'],
    ['a key that is not there', { ignition, runcmd: [] }, 'runcmd'],
    ['a relative path', { ignition, storage: { files: [{ path: 'etc/a' }] } }, 'not absolute'],
    ['contents from elsewhere', withFile({ source: 'https://example.com/b' }), 'no data URL'],
    [
      'the same file twice',
      { ignition, storage: { files: [{ path: '/etc/a' }, { path: '/etc/a' }] } },
      '/etc/a is defined twice',
    ],
  ])('is not %s', (_, document, message) => {
    expect(() => read(document)).toThrow(message)
  })
  test('is nothing that cloud-init reads', () => {
    const text = JSON.stringify(withFile({ source: 'data:,b' }))
    const system = { ...instance, reads: undefined }
    expect(() => readUserData(Buffer.from(text), system)).toThrow('not with #cloud-config')
  })
})
