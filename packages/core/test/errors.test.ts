import { describe, expect, it } from 'vitest'
import { failureCodes, isFailure, ProvisionError } from '../src/errors.ts'

describe('ProvisionError', () => {
  it('keeps its code, hint, wait and cause', () => {
    const cause = new Error('HTTP 503')
    const error = new ProvisionError('RATE_LIMITED', 'too many calls', {
      cause,
      hint: 'wait',
      retryAfter: 5,
    })
    expect(error).toMatchObject({ code: 'RATE_LIMITED', hint: 'wait', retryAfter: 5, cause })
    expect(String(error)).toBe('ProvisionError: too many calls')
  })

  it('needs neither hint nor cause', () => {
    const error = new ProvisionError('NO_GRID', 'no grid is chosen')
    expect(error.hint).toBeUndefined()
    expect('cause' in error).toBe(false)
  })
})

describe('isFailure', () => {
  const error = new ProvisionError('BUSY', 'in use')

  it('is true for any of our failures where no code is asked for', () => {
    expect(isFailure(error)).toBe(true)
  })

  it('is true only for the codes that are asked for', () => {
    expect(isFailure(error, 'NOT_FOUND', 'BUSY')).toBe(true)
    expect(isFailure(error, 'NOT_FOUND')).toBe(false)
  })

  it('knows a failure that another copy of the package made', () => {
    const foreign = Object.assign(new Error('in use'), { name: 'ProvisionError', code: 'BUSY' })
    expect(isFailure(foreign, 'BUSY')).toBe(true)
  })

  it('knows nothing that is no failure', () => {
    const coded = Object.assign(new Error('x'), { code: 'BUSY' })
    for (const other of [new Error('x'), coded, { name: 'ProvisionError', code: 'BUSY' }, 'BUSY']) {
      expect(isFailure(other)).toBe(false)
    }
  })
})

it('lists each code once', () => {
  expect(new Set(failureCodes).size).toBe(failureCodes.length)
})
