import { failureCodes, ProvisionError } from '@kontena/core'
import { MasterError } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { reportError } from '../src/report-error.ts'
import { type FakeIoOptions, fakeIo } from './fake-io.ts'

function report(error: unknown, options: FakeIoOptions = {}) {
  const io = fakeIo(options)
  const code = reportError(error, io)
  return { code, stdout: io.stdout.text, stderr: io.stderr.text }
}

describe('reportError', () => {
  it('prints the cause on one line and the next step on another', () => {
    const error = new ProvisionError('NOT_FOUND', 'image ubuntu-99 does not exist', {
      hint: 'use ubuntu-24.04',
    })
    expect(report(error)).toEqual({
      code: 1,
      stdout: '',
      stderr: ' [error] image ubuntu-99 does not exist\nhint: use ubuntu-24.04\n',
    })
  })

  it('gives each code the exit code that is documented for it', () => {
    const codes = Object.groupBy(failureCodes, (code) =>
      String(report(new ProvisionError(code, 'x')).code),
    )
    expect(codes).toMatchInlineSnapshot(`
      {
        "1": [
          "NOT_FOUND",
          "NAME_TAKEN",
          "NO_CAPACITY",
          "QUOTA_EXCEEDED",
          "RATE_LIMITED",
          "BUSY",
          "UNAVAILABLE",
          "BOOTSTRAP_TOO_LARGE",
          "MACHINE_FAILED",
          "TIMED_OUT",
          "MASTER_UNREACHABLE",
          "MASTER_UNTRUSTED",
          "MASTER_UNSUITABLE",
          "LOCAL_FILE",
          "CONFIRMATION_REQUIRED",
          "NOT_SUPPORTED",
        ],
        "130": [
          "CANCELLED",
        ],
        "2": [
          "BAD_OPTIONS",
          "NO_GRID",
        ],
        "3": [
          "NO_CREDENTIALS",
          "BAD_CREDENTIALS",
          "ACCESS_DENIED",
          "ACCOUNT_NOT_READY",
          "WRONG_ACCOUNT",
          "NOT_LOGGED_IN",
        ],
        "4": [
          "PARTLY_DONE",
        ],
        "5": [
          "LEFT_BEHIND",
        ],
      }
    `)
  })

  it.each([
    ['unreachable', 'MASTER_UNREACHABLE', 1],
    ['untrusted', 'MASTER_UNTRUSTED', 1],
    ['unauthorized', 'NOT_LOGGED_IN', 3],
    ['forbidden', 'ACCESS_DENIED', 3],
    ['not-found', 'NOT_FOUND', 1],
    ['conflict', 'NAME_TAKEN', 1],
    ['invalid', 'BAD_OPTIONS', 2],
    ['failed', 'UNAVAILABLE', 1],
  ] as const)('tells that a master is %s', (kind, code, exit) => {
    const result = report(new MasterError(kind, 'what the master said'), { argv: ['--json'] })
    expect(result.code).toBe(exit)
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code } })
  })

  it.each([
    ['a route', new MasterError('forbidden', 'GET /v1/grids/lab: 403: Access denied')],
    [
      'a field, as 1.5 said it',
      new MasterError('invalid', 'POST /v1/grids: 422: Operation not allowed', {
        fields: { user: 'Operation not allowed' },
      }),
    ],
  ])('says how one gets a right that is refused to %s', (_what, error) => {
    expect(report(error)).toEqual({
      code: 3,
      stdout: '',
      stderr:
        ` [error] this user may not do that (${error.message})\n` +
        'hint: kontena whoami says who this is; an administrator gives rights with ' +
        'kontena grid user add EMAIL and kontena master user role add ROLE EMAIL\n',
    })
  })

  it('writes one JSON object to stdout and nothing to stderr with --json', () => {
    const error = new ProvisionError('QUOTA_EXCEEDED', 'no vCPUs left')
    expect(report(error, { argv: ['node', 'list', '--json'] })).toEqual({
      code: 1,
      stdout: '{"error":{"code":"QUOTA_EXCEEDED","message":"no vCPUs left"}}\n',
      stderr: '',
    })
  })

  it('takes --json after -- for a value', () => {
    const result = report(new ProvisionError('NOT_FOUND', 'x'), { argv: ['--', '--json'] })
    expect(result.stdout).toBe('')
  })

  it('calls whatever else was thrown a bug, without its stack', () => {
    const result = report(new TypeError('x is undefined'))
    expect(result.code).toBe(70)
    expect(result.stderr).toMatchInlineSnapshot(`
      " [error] TypeError: x is undefined
      hint: this is a bug; run it again with DEBUG=true to see where, and report that
      "
    `)
  })

  it.each([{ env: { DEBUG: 'true' } }, { argv: ['--debug'] }, { argv: ['-D'] }])(
    'shows the stack and its causes with %j',
    (options) => {
      const error = new Error('outer', { cause: new Error('inner') })
      const { stderr } = report(error, options)
      expect(stderr).toContain('report-error.test.ts')
      expect(stderr).toContain('caused by: Error: inner')
    },
  )

  it('shows in a stack what would drive the terminal', () => {
    const error = new Error('outer', { cause: new Error('a cloud says \u001b[2J\u009b31m') })
    const { stderr } = report(error, { env: { DEBUG: 'true' } })
    expect(stderr).toContain('a cloud says \\x1b[2J\\x9b31m\n')
    expect(stderr).not.toMatch(/[^\P{Cc}\n]/u)
  })

  it('shows no stack when DEBUG is false', () => {
    expect(report(new Error('x'), { env: { DEBUG: 'false' } }).stderr).not.toContain('at ')
  })

  it('hides secrets in the message, the hint and the stack', () => {
    const error = new ProvisionError('BAD_CREDENTIALS', 'tok-123456 is wrong', {
      hint: 'not tok-123456',
      cause: new Error('tok-123456'),
    })
    const options = { argv: ['--token', 'tok-123456', '-D'] }
    expect(report(error, options).stderr).not.toContain('tok-123456')
    expect(report(error, { argv: [...options.argv, '--json'] }).stdout).not.toContain('tok-123456')
  })

  it('shows control characters instead of sending them', () => {
    const { stderr } = report(new ProvisionError('NOT_FOUND', 'no \u001b[31mzone\nroot#'))
    expect(stderr).toBe(' [error] no \\x1b[31mzone\\nroot#\n')
  })

  it('ends with 130 when the person interrupted', () => {
    const abort = new AbortController()
    abort.abort('interrupt')
    expect(report('interrupt', { signal: abort.signal })).toMatchObject({
      code: 130,
      stderr: ' [error] Interrupted\n',
    })
  })

  it('takes an abort that nobody asked for as a bug', () => {
    expect(report(new DOMException('aborted', 'AbortError')).code).toBe(70)
  })

  it('keeps telling what is left when the person interrupted', () => {
    const abort = new AbortController()
    abort.abort('interrupt')
    const error = new ProvisionError('LEFT_BEHIND', 'order 01X stays open')
    expect(report(error, { signal: abort.signal }).code).toBe(5)
  })

  it('tells why a master could not start', () => {
    const error = Object.assign(new Error('port 9292 is taken'), {
      name: 'MasterStartError',
      hint: 'choose another with --port',
    })
    expect(report(error)).toMatchObject({
      code: 1,
      stderr: ' [error] port 9292 is taken\nhint: choose another with --port\n',
    })
  })

  it('paints only on a terminal, and not where colour is not wanted', () => {
    const error = new ProvisionError('NOT_FOUND', 'x')
    expect(report(error, { isTTY: true }).stderr).toContain('\u001b[31merror')
    expect(report(error, { isTTY: true, env: { NO_COLOR: '1' } }).stderr).not.toContain('\u001b')
    expect(report(error, { isTTY: true, argv: ['--no-color'] }).stderr).not.toContain('\u001b')
  })
})
