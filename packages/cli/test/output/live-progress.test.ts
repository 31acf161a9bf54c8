import { ProvisionError } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { displayWidth } from '../../src/output/display-width.ts'
import { openLiveProgress } from '../../src/output/live-progress.ts'
import type { Reporter } from '../../src/output/reporter.ts'
import { style } from '../../src/output/style.ts'
import { openScreen, type Screen } from '../screen.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function open(view: { columns?: number; rows?: number } = {}): {
  screen: Screen
  progress: Reporter
} {
  const screen = openScreen(view)
  return { screen, progress: openLiveProgress(screen, screen, style(false)) }
}

function openOrder(progress: Reporter, count: number): void {
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `web-${index + 1}`,
    zone: 'eu-west-1a',
  }))
  progress.emit({ type: 'order-opened', order: '01ORDER', nodes })
}

describe('live progress', () => {
  it('keeps one line per node, redrawn in place', () => {
    const { screen, progress } = open()
    progress.emit({ type: 'step', step: 'firewall' })
    progress.emit({ type: 'step', step: 'machines' })
    openOrder(progress, 2)
    progress.emit({ type: 'node', name: 'web-1', phase: 'running', machine: 'i-1' })
    vi.advanceTimersByTime(12_000)
    expect(screen.lines).toEqual([
      ' [done] Preparing the firewall',
      '    *   Starting machines .. |',
      ' | web-1  eu-west-1a  running         12s',
      ' | web-2  eu-west-1a  requested       12s',
    ])
  })

  it('stops the clock of a node that has arrived', () => {
    const { screen, progress } = open()
    openOrder(progress, 2)
    vi.advanceTimersByTime(5000)
    progress.emit({ type: 'node', name: 'web-1', phase: 'online' })
    vi.advanceTimersByTime(60_000)
    expect(screen.lines[0]).toBe(' ⊛ web-1  eu-west-1a  online           5s')
    expect(screen.lines[1]).toContain('1m 5s')
  })

  it('shows why it waits and for how long, until that time is over', () => {
    const { screen, progress } = open()
    openOrder(progress, 1)
    progress.emit({ type: 'waiting', reason: 'AWS is throttling', milliseconds: 12_000 })
    vi.advanceTimersByTime(50)
    expect(screen.lines[0]).toBe('        waiting 12s: AWS is throttling')
    progress.emit({ type: 'node', name: 'web-1', phase: 'starting' })
    vi.advanceTimersByTime(50)
    expect(screen.lines[0]).toBe('        waiting 12s: AWS is throttling')
    vi.advanceTimersByTime(12_300)
    expect(screen.lines).toHaveLength(1)
  })

  it('shows no reason of a step that is over', () => {
    const { screen, progress } = open()
    progress.emit({ type: 'waiting', reason: 'AWS is throttling', milliseconds: 12_000 })
    progress.emit({ type: 'step', step: 'machines' })
    vi.advanceTimersByTime(50)
    expect(screen.lines).toEqual(['    *   Starting machines .. |'])
  })

  it('lets trouble scroll by above it', () => {
    const { screen, progress } = open()
    openOrder(progress, 1)
    progress.emit({ type: 'warning', message: 'slow\u001b[2J' })
    const error = new ProvisionError('TIMED_OUT', 'never enrolled', { hint: 'look' })
    progress.emit({ type: 'node-failed', name: 'web-1', error })
    vi.advanceTimersByTime(50)
    expect(screen.lines).toEqual([
      ' [warn] slow\\x1b[2J',
      ' [fail] web-1: never enrolled',
      'hint: look',
      ' | web-1  eu-west-1a  requested        0s',
    ])
  })

  it('sums up where the terminal has fewer lines than there are nodes', () => {
    const { screen, progress } = open({ rows: 10 })
    openOrder(progress, 100)
    for (let number = 1; number <= 40; number += 1) {
      progress.emit({ type: 'node', name: `web-${number}`, phase: 'online' })
    }
    vi.advanceTimersByTime(3000)
    expect(screen.lines).toEqual([' 100 nodes, 3s: 60 requested, 40 online'])
    expect(screen.highestErase).toBeLessThan(10)
  })

  it('never takes more lines than the terminal has, steps and reasons included', () => {
    const { screen, progress } = open({ rows: 6 })
    progress.emit({ type: 'step', step: 'machines' })
    openOrder(progress, 4)
    progress.emit({ type: 'waiting', reason: 'throttled', milliseconds: 1 })
    vi.advanceTimersByTime(1000)
    expect(screen.highestErase).toBeLessThan(6)
  })

  it('keeps every line narrower than the terminal', () => {
    const { screen, progress } = open({ columns: 30 })
    progress.emit({ type: 'step', step: 'machines', detail: '東京'.repeat(20) })
    openOrder(progress, 1)
    progress.emit({ type: 'node', name: 'web-1', phase: 'running', zone: '🚀'.repeat(40) })
    vi.advanceTimersByTime(1000)
    expect(screen.lines).toHaveLength(2)
    for (const line of screen.lines) expect(displayWidth(line)).toBeLessThan(30)
  })

  it('marks a clean-up that came to its end as done, though the order has failed', () => {
    const { screen, progress } = open()
    progress.emit({ type: 'step', step: 'roll-back', detail: 'web-1' })
    openOrder(progress, 1)
    progress.emit({ type: 'node', name: 'web-1', phase: 'gone' })
    progress.emit({ type: 'step-done', step: 'roll-back' })
    progress.close(true)
    expect(screen.lines[0]).toBe(' [done] Taking unfinished machines away: web-1')
  })

  it('leaves the last state on the screen and the step marked', () => {
    const { screen, progress } = open()
    progress.emit({ type: 'step', step: 'machines' })
    openOrder(progress, 1)
    progress.emit({ type: 'node', name: 'web-1', phase: 'failed' })
    progress.close(true)
    const last = screen.lines
    expect(last).toEqual([' [fail] Starting machines', ' ⊗ web-1  eu-west-1a  failed           0s'])
    vi.advanceTimersByTime(10_000)
    expect(screen.lines).toEqual(last)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('draws a burst of changes once', () => {
    const { screen, progress } = open({ rows: 200 })
    openOrder(progress, 100)
    for (let number = 1; number <= 100; number += 1) {
      progress.emit({ type: 'node', name: `web-${number}`, phase: 'running' })
    }
    vi.advanceTimersByTime(50)
    expect(screen.lines).toHaveLength(100)
    expect(screen.text.split('web-100 ')).toHaveLength(2)
  })

  it('leaves the last state above what is said in the end', () => {
    const { screen, progress } = open()
    openOrder(progress, 1)
    progress.emit({ type: 'node', name: 'web-1', phase: 'online' })
    progress.below(() => screen.write('1 node online\n'))
    progress.close(false)
    expect(screen.lines).toEqual([' ⊛ web-1  eu-west-1a  online           0s', '1 node online'])
  })

  it('steps aside for other output', () => {
    const { screen, progress } = open()
    openOrder(progress, 1)
    progress.above(() => screen.write('3 nodes online\n'))
    vi.advanceTimersByTime(200)
    expect(screen.lines[0]).toBe('3 nodes online')
    expect(screen.lines).toHaveLength(2)
  })
})
