import { describe, expect, it } from 'vitest'
import { readHostKeys } from '../../src/ssh/host-key.ts'

/** As `ssh-keygen` made it, with what `ssh-keygen -l` says of it. */
const known = {
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICc8NxSlr2SHo+PoxPRribtMP/4dPUAkeMDFsHY3XRHF',
  fingerprint: 'SHA256:JtBPzz/Nz9Q+1BxN06sP1gKTpN//assnOsGqkkaTGq8',
}

/** A key blob as RFC 4253 has it: its type, then whatever the type says. */
function blob(type: string, rest = 'x'.repeat(32)): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type + rest, 'latin1')]).toString('base64')
}

describe('readHostKeys', () => {
  it('has the fingerprint that ssh-keygen prints', () => {
    expect(readHostKeys([known.line])).toMatchObject([
      { type: 'ssh-ed25519', fingerprint: known.fingerprint },
    ])
  })

  it.each(['ssh-rsa', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com'])('takes %s', (type) => {
    expect(readHostKeys([`${type} ${blob(type)}`])).toMatchObject([{ type }])
  })

  it.each([
    ['a key that says another type itself', `ssh-ed25519 ${blob('ssh-rsa')}`],
    ['a certificate', `ssh-rsa-cert-v01@openssh.com ${blob('ssh-rsa-cert-v01@openssh.com')}`],
    ['a marker', `@cert-authority ${known.line}`],
    ['hosts in front', `* ${known.line}`],
    ['a second line', `${known.line}\n* ${known.line}`],
    ['a comment', `${known.line} root@web-1`],
    ['an option', `-oProxyCommand=id ${blob('-oProxyCommand=id')}`],
    ['a type that is longer than the key', 'ssh-ed25519 AAAA'],
    ['next to nothing', 'ssh-ed25519 AA'],
    ['nothing', ''],
  ])('takes no line with %s', (_what, line) => {
    expect(readHostKeys([line])).toEqual([])
  })
})
