import type { GridEvent } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { eventLine } from '../../src/output/event-line.ts'
import { style } from '../../src/output/style.ts'

const event = (change: Partial<GridEvent> = {}): GridEvent => ({
  created_at: '2026-03-01T12:00:00.000Z',
  severity: 1,
  type: 'node:online',
  message: 'node web-1 online',
  meta: {},
  relationships: [{ id: 'prod/web-1', type: 'node' }],
  ...change,
})

describe('the line of an event', () => {
  it('has the columns of 1.5', () => {
    expect(eventLine(event(), style(false))).toBe(
      '2026-03-01T12:00:00.000Z  node:online               prod/web-1                               node web-1 online',
    )
  })

  it('shows the time of a warning yellow, of an error red', () => {
    const first = (severity: number) => eventLine(event({ severity }), style(true)).split('Z')[0]
    expect(first(1)).toBe('2026-03-01T12:00:00.000')
    expect(first(2)).toBe('\u001b[33m2026-03-01T12:00:00.000')
    expect(first(3)).toBe('\u001b[31m2026-03-01T12:00:00.000')
  })

  it('says of a change what it changed', () => {
    const meta = { before: { availability: 'active' }, after: { availability: 'drain' } }
    const line = eventLine(event({ message: 'update node web-1 by admin', meta }), style(false))
    expect(line).toMatch(/ update node web-1 by admin \(availability active -> drain\)$/)
  })

  it('lets nothing in it act on the terminal', () => {
    const line = eventLine(
      event({ message: 'a\u001b[2Jb\nc', type: 'x\u0007', created_at: '\u001b]0;t' }),
      style(false),
    )
    expect(line).not.toMatch(/\p{Cc}/u)
    expect(line).toContain('a\\x1b[2Jb\\nc')
  })
})
