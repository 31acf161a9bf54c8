import { describe, expect, it } from 'vitest'
import { style } from '../../src/output/style.ts'
import { type Table, tableLines } from '../../src/output/table.ts'

const plain = { columns: 80, style: style(false) }

function lines(table: Table, view = plain): string {
  return tableLines(table, view).join('\n')
}

describe('tableLines', () => {
  it('separates columns by two blanks and leaves none at the end', () => {
    const table = {
      headings: ['NAME', 'STATUS', 'LABELS'],
      rows: [
        ['web-1', 'online 2h', 'az=a'],
        ['db', 'offline', ''],
      ],
    }
    expect(lines(table)).toBe(
      [
        'NAME   STATUS     LABELS', //
        'web-1  online 2h  az=a',
        'db     offline',
      ].join('\n'),
    )
  })

  it('lines columns up by the width that text has on the screen', () => {
    const table = {
      headings: ['NAME', 'AZ'],
      rows: [
        ['東京🚀', 'a'],
        ['web', 'b'],
      ],
    }
    expect(lines(table)).toBe('NAME    AZ\n東京🚀  a\nweb     b')
  })

  it('shows control characters instead of sending them', () => {
    const table = { headings: ['LABELS'], rows: [['x=\u001b]0;owned\u0007\nroot']] }
    expect(lines(table)).toBe('LABELS\nx=\\x1b]0;owned\\x07\\nroot')
  })

  it('paints a cell without changing its width', () => {
    const paint = style(true)
    const table = {
      headings: ['STATUS', 'AZ'],
      rows: [[{ text: 'online', paint: paint.green }, 'a']],
    }
    expect(lines(table, { columns: 80, style: paint })).toBe(
      '\u001b[1mSTATUS  AZ\u001b[22m\n\u001b[32monline\u001b[39m  a',
    )
  })

  it('prints only headings where there is nothing', () => {
    expect(lines({ headings: ['NAME', 'AZ'], rows: [] })).toBe('NAME  AZ')
  })

  it('turns on its side where it is wider than the terminal', () => {
    const table = {
      headings: ['NAME', 'LABELS'],
      rows: [
        ['web-1', 'provider=aws,az=eu-west-1a'],
        ['web-2', ''],
      ],
    }
    expect(lines(table, { ...plain, columns: 20 })).toMatchInlineSnapshot(`
      "NAME:   web-1
      LABELS: provider=aws,az=eu-west-1a

      NAME:   web-2
      LABELS:"
    `)
  })
})
