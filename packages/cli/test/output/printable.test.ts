import { describe, expect, it } from 'vitest'
import { printable, printableLines } from '../../src/output/printable.ts'

describe('printable', () => {
  it('leaves text of any language alone', () => {
    expect(printable('Zürich 東京 🚀 "quoted" $(x) {{y}}')).toBe(
      'Zürich 東京 🚀 "quoted" $(x) {{y}}',
    )
  })

  it('shows what would drive the terminal', () => {
    expect(printable('\u001b[2Jgone\u0007')).toBe('\\x1b[2Jgone\\x07')
    expect(printable('\u009b31m')).toBe('\\x9b31m')
  })

  it('keeps a line one line', () => {
    expect(printable('a\r\nb\tc\u2028d')).toBe('a\\r\\nb\\tc\\u2028d')
  })

  it('shows marks that would reorder text', () => {
    expect(printable('user\u202etxt.exe')).toBe('user\\u202etxt.exe')
  })
})

describe('printableLines', () => {
  it('keeps lines and tabs and shows the rest', () => {
    expect(printableLines('a\tb\n\u001b[1mc')).toBe('a\tb\n\\x1b[1mc')
  })
})
