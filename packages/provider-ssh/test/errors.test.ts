import { isFailure } from '@kontena/core'
import { describe, expect, it } from 'vitest'
import { explainConnection, explainStep, type Login, sudoProblem } from '../src/errors.ts'

const login: Login = {
  ...{ user: 'admin', keys: ['2 keys of the SSH agent', '~/.ssh/id_rsa'] },
  ...{ methods: ['publickey', 'password'], trusted: true },
}

function explain(details: object, over: Partial<Login> = {}) {
  const error = Object.assign(new Error('secret text of a library'), details)
  const explained = explainConnection('web', error, { ...login, ...over })
  if (!isFailure(explained)) throw explained
  expect(explained.cause).toBe(error)
  expect(`${explained.message} ${explained.hint}`).not.toContain('secret text')
  return `${explained.code} ${explained.message}`
}

describe('a connection that did not come to be', () => {
  it.each([
    [
      { code: 'ECONNREFUSED' },
      'UNAVAILABLE web refuses the connection: nothing listens for SSH there',
    ],
    [{ code: 'ENOTFOUND' }, 'NOT_FOUND web is a name that no name server knows'],
    [{ code: 'EAI_AGAIN' }, 'UNAVAILABLE web cannot be looked up: no name server answers'],
    [{ code: 'ENETUNREACH' }, 'UNAVAILABLE web is in a network that cannot be reached from here'],
    [{ code: 'EHOSTUNREACH' }, 'UNAVAILABLE web cannot be reached from here'],
    [{ code: 'ETIMEDOUT' }, 'UNAVAILABLE web does not answer'],
    [{ code: 'ECONNRESET' }, 'UNAVAILABLE web closed the connection in the middle'],
    [{ level: 'client-timeout' }, 'UNAVAILABLE web does not answer'],
    [{}, 'UNAVAILABLE web does not answer'],
    [
      { level: 'client-authentication' },
      'BAD_CREDENTIALS web does not let admin in with 2 keys of the SSH agent, ~/.ssh/id_rsa',
    ],
    [
      // Too many keys, as servers say it: SSH_MSG_DISCONNECT with the reason 2.
      { code: 2 },
      'BAD_CREDENTIALS web does not let admin in with 2 keys of the SSH agent, ~/.ssh/id_rsa',
    ],
    [{ level: 'agent' }, 'BAD_CREDENTIALS web gets no login as admin: the SSH agent does not sign'],
  ])('for %j is told in words about the host', (details, text) => {
    expect(explain(details)).toBe(text)
  })

  it('is about the protocol where no key was shown yet', () => {
    const untrusted = { trusted: false, methods: undefined }
    expect(explain({ level: 'protocol' }, untrusted)).toBe(
      'UNAVAILABLE web answers, but not as an SSH server',
    )
    const old = Object.assign(new Error('Handshake failed: no matching host key format'), {
      level: 'handshake',
    })
    expect(explainConnection('web', old, { ...login, ...untrusted })).toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'web speaks only ciphers or keys that are not safe any more',
    })
  })

  it('is about passwords where the host takes nothing else', () => {
    const methods = ['password', 'keyboard-interactive']
    expect(explain({ level: 'client-authentication' }, { methods })).toBe(
      'BAD_CREDENTIALS web lets admin in by password only, and passwords are not used here',
    )
  })

  it('for what is no error at all stays a bug', () => {
    expect(explainConnection('web', 'odd', login)).toBe('odd')
  })
})

describe('a step that failed on a host', () => {
  it.each([
    ['mv: cannot create: Read-only file system', 'BAD_OPTIONS web has a disk that is read-only'],
    ['cat: write error: No space left on device', 'NO_CAPACITY web has no room left on its disk'],
    ['cat: write error: Disk quota exceeded', 'NO_CAPACITY web has no room left on its disk'],
    [
      'sudo: a password is required',
      'ACCESS_DENIED web wants a password for sudo, and nobody types one here',
    ],
    [
      'sudo: a terminal is required to read the password; either use -S',
      'ACCESS_DENIED web wants a password for sudo, and nobody types one here',
    ],
    [
      'sudo-rs: interactive authentication is required',
      'ACCESS_DENIED web wants a password for sudo, and nobody types one here',
    ],
    ['sh: 1: sudo: not found', 'ACCESS_DENIED web does not let the account become root'],
    ['eve is not in the sudoers file.', 'ACCESS_DENIED web does not let the account become root'],
    [
      'one\nJob failed. See "journalctl -xe"\n',
      'MACHINE_FAILED web could not begin: Job failed. See "journalctl -xe"',
    ],
    ['', 'MACHINE_FAILED web could not begin'],
    ['x'.repeat(5000), `MACHINE_FAILED web could not begin: ${'x'.repeat(300)}`],
  ])('with %j is told by what it means', (stderr, text) => {
    const { code, message, hint } = explainStep('web', 'begin', stderr)
    expect(`${code} ${message}`).toBe(text)
    expect(hint).toEqual(expect.any(String))
  })

  it('tells sudo that asks from sudo that refuses', () => {
    expect(sudoProblem('sudo: a password is required').text).toContain('wants a password')
    expect(sudoProblem('').text).toContain('does not let the account become root')
  })
})
