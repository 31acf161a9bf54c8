import { describe, expect, it } from 'vitest'
import { maskSecrets } from '../../src/output/mask-secrets.ts'

const nothing = { argv: [], env: {} }

describe('maskSecrets', () => {
  it.each([
    [['--token', 'abcdef0123']],
    [['--token=abcdef0123']],
    [['-t', 'abcdef0123']],
    [['--code', 'abcdef0123']],
    [['--secret-key', 'abcdef0123']],
  ])('hides the value typed as %j', (argv) => {
    const masked = maskSecrets('bad value abcdef0123 here', { argv, env: {} })
    expect(masked).toBe('bad value *** here')
  })

  it.each(['KONTENA_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'INITIAL_ADMIN_CODE'])(
    'hides the value of %s',
    (name) => {
      const env = { [name]: 'abcdef0123' }
      expect(maskSecrets('x abcdef0123', { argv: [], env })).toBe('x ***')
    },
  )

  it('hides bearer tokens and passwords in URLs, whoever wrote them', () => {
    expect(maskSecrets('Authorization: Bearer abc.def', nothing)).toBe('Authorization: Bearer ***')
    expect(maskSecrets('https://me:pa55@host/x', nothing)).toBe('https://me:***@host/x')
  })

  it('leaves words alone that are too short to be a secret', () => {
    const masked = maskSecrets('a code', { argv: ['--code', 'a'], env: { X_TOKEN: '' } })
    expect(masked).toBe('a code')
  })

  it('leaves values of other flags and variables alone', () => {
    const io = { argv: ['--grid', 'production'], env: { KONTENA_GRID: 'production' } }
    expect(maskSecrets('grid production', io)).toBe('grid production')
  })
})
