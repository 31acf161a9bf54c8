import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loginTarget, targetWithCode } from '../../src/login/target.ts'

const local = new Set(['localhost', '127.0.0.1', '[::1]'])
const piece = fc.constantFrom(
  'http:',
  'https:',
  '//',
  '/',
  '\\',
  '@',
  ':',
  '#',
  '?',
  '%2f',
  'localhost',
  'evil.example.com',
  '.',
  '127.0.0.1',
  '[::1]',
  ':8080',
  'code',
  'cb',
)
const address = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
  fc.webUrl(),
)

describe('the end of a login in a browser', () => {
  it('is this master, or the computer of the browser, whatever was asked for', () => {
    fc.assert(
      fc.property(address, (asked) => {
        const target = loginTarget(asked)
        if (target === undefined) return
        const to = targetWithCode(target, { code: 'the-code', serverName: 'x' })
        const { hostname } = new URL(to, 'http://master.invalid')
        expect(target.page ? hostname === 'master.invalid' : local.has(hostname)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps what the listener has in its address', () => {
    const target = loginTarget('http://localhost:1234/cb?a=b')
    expect(target).toEqual({ page: false, url: 'http://localhost:1234/cb?a=b' })
    expect(targetWithCode(target ?? { page: true }, { code: 'c d', serverName: undefined })).toBe(
      'http://localhost:1234/cb?a=b&code=c+d',
    )
  })
})
