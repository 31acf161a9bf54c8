import { describe, expect, it } from 'vitest'
import { displayWidth, fitWidth, padWidth } from '../../src/output/display-width.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['web-1', 5],
    ['Zürich', 6],
    ['東京', 4],
    ['서울', 4],
    ['ﾄｳｷｮｳ', 5],
    ['🚀', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['❤️', 2],
    ['e\u0301', 1],
    ['a\u200bb', 2],
    ['⊛ web', 5],
  ])('takes %j for %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('fitWidth', () => {
  it('leaves text that fits alone', () => {
    expect(fitWidth('web-1', 5)).toBe('web-1')
  })

  it('cuts before the column where an ellipsis still fits', () => {
    expect(fitWidth('web-12', 5)).toBe('web-…')
  })

  it('never splits a wide character', () => {
    expect(fitWidth('東京都', 4)).toBe('東…')
    expect(fitWidth('東京都', 5)).toBe('東京…')
  })

  it('shows nothing where there is no room', () => {
    expect(fitWidth('web-1', 0)).toBe('')
  })
})

describe('padWidth', () => {
  it('counts columns, not characters', () => {
    expect(padWidth('東京', 6)).toBe('東京  ')
  })

  it('leaves text that is wider alone', () => {
    expect(padWidth('web-10', 3)).toBe('web-10')
  })
})
