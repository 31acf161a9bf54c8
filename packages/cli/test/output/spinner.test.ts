import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openContext } from '../../src/context.ts'
import { spin } from '../../src/output/spinner.ts'
import { fakeIo } from '../fake-io.ts'
import { openScreen } from '../screen.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const fails = () => Promise.reject(new Error('no'))

describe('spin', () => {
  it('says a step in two plain lines away from a terminal', async () => {
    const io = fakeIo()
    expect(await spin(openContext(io), 'Creating web node', async () => 7)).toBe(7)
    expect(io.stdout.text).toBe('* Creating web node..\n* Creating web node.. done\n')
  })

  it('says that a step failed and passes the failure on', async () => {
    const io = fakeIo()
    await expect(spin(openContext(io), 'Creating', fails)).rejects.toThrow('no')
    expect(io.stdout.text).toContain('* Creating.. fail\n')
  })

  it('turns on a terminal, and is replaced by how it ended', async () => {
    const screen = openScreen()
    const context = openContext({
      ...fakeIo({ isTTY: true, env: { NO_COLOR: '1' } }),
      stdout: screen,
    })
    const running = spin(
      context,
      'Creating web',
      () => new Promise((resolve) => setTimeout(resolve, 1000)),
    )
    expect(screen.lines).toEqual(['    *   Creating web .'])
    await vi.advanceTimersByTimeAsync(150)
    expect(screen.lines).toEqual(['    *   Creating web ..'])
    await vi.advanceTimersByTimeAsync(1000)
    await running
    expect(screen.lines).toEqual([' [done] Creating web'])
    await expect(spin(context, 'Removing web', fails)).rejects.toThrow('no')
    expect(screen.lines).toEqual([' [done] Creating web', ' [fail] Removing web'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('stays off stdout with --json', async () => {
    const io = fakeIo()
    await spin(openContext(io, { json: true }), 'Creating', async () => undefined)
    expect(io.stdout.text).toBe('')
    expect(io.stderr.text).toContain('Creating.. done')
  })
})
