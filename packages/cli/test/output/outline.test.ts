import { describe, expect, it } from 'vitest'
import { outlineLines } from '../../src/output/outline.ts'

describe('outlineLines', () => {
  it('indents what is inside, and gives lists dashes', () => {
    const outline = {
      'prod/web-1': {
        id: '',
        os: 'Ubuntu',
        drivers: { storage: 'overlay2' },
        labels: ['az=a', 'x'],
        stats: undefined,
        peers: [],
      },
    }
    expect(outlineLines(outline)).toEqual([
      'prod/web-1:',
      '  id:',
      '  os: Ubuntu',
      '  drivers:',
      '    storage: overlay2',
      '  labels:',
      '    - az=a',
      '    - x',
    ])
  })

  it('shows control characters in names and values', () => {
    expect(outlineLines({ 'a\nb': 'c\u001b[2J', list: ['\r'] })).toEqual([
      'a\\nb: c\\x1b[2J',
      'list:',
      '  - \\r',
    ])
  })
})
