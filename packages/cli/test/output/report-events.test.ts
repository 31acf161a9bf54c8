import { ProvisionError, type ProvisionEvent } from '@kontena/core'
import { describe, expect, it } from 'vitest'
import { openReporter } from '../../src/output/report-events.ts'
import { style } from '../../src/output/style.ts'
import { fakeWriter } from '../fake-io.ts'

const events: readonly ProvisionEvent[] = [
  { type: 'step', step: 'preflight', detail: 'account 123' },
  {
    type: 'order-opened',
    order: '01ORDER',
    nodes: [
      { name: 'web-1', zone: 'a' },
      { name: 'web-2', zone: 'b' },
    ],
  },
  { type: 'node', name: 'web-1', phase: 'running', zone: 'a', machine: 'i-1' },
  { type: 'waiting', reason: 'AWS is throttling', milliseconds: 4000 },
  { type: 'node', name: 'web-1', phase: 'online' },
  { type: 'warning', message: 'port 22 is open to anyone', hint: 'use --ssh-from' },
  { type: 'console', name: 'web-2', lines: ['boot', 'panic\u001b[2J'] },
  {
    type: 'node-failed',
    name: 'web-2',
    error: new ProvisionError('TIMED_OUT', 'web-2 never enrolled', { hint: 'look at its console' }),
  },
]

function open(format: 'plain' | 'json') {
  const stdout = fakeWriter()
  const stderr = fakeWriter()
  const abort = new AbortController()
  const reporter = openReporter({
    stdout,
    stderr,
    format,
    style: style(false),
    signal: abort.signal,
  })
  return { reporter, stdout, stderr, abort }
}

describe('plain lines', () => {
  it('tell progress on stdout, and on stderr trouble and what holds it up', () => {
    const { reporter, stdout, stderr } = open('plain')
    for (const event of events) reporter.emit(event)
    reporter.close(true)
    expect(stdout.text).toMatchInlineSnapshot(`
      "* Checking account, image, quota and rights: account 123
      * Order 01ORDER: web-1 in a, web-2 in b
      web-1: running (a, i-1)
      web-1: online
      "
    `)
    expect(stderr.text).toMatchInlineSnapshot(`
      "  waiting 4s: AWS is throttling
       [warn] port 22 is open to anyone
      hint: use --ssh-from
      web-2 | boot
      web-2 | panic\\x1b[2J
       [fail] web-2 never enrolled
      hint: look at its console
      "
    `)
  })

  it('say how an order ended', () => {
    const { reporter, stdout, stderr } = open('plain')
    reporter.emit({ type: 'settled', order: '01ORDER', outcome: 'web-1 was adopted' })
    reporter.emit({ type: 'open-order', order: '01OTHER', reason: 'the master is down' })
    expect(stdout.text).toBe('* Order 01ORDER: web-1 was adopted\n')
    expect(stderr.text).toBe(' [warn] order 01OTHER is open: the master is down\n')
  })
})

describe('JSON lines', () => {
  it('are one event each, all on stdout, errors with their code and without their cause', () => {
    const { reporter, stdout, stderr } = open('json')
    for (const event of events) reporter.emit(event)
    const lines = stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ type }) => type)).toEqual(events.map(({ type }) => type))
    expect(lines.at(-1)).toEqual({
      type: 'node-failed',
      name: 'web-2',
      error: { code: 'TIMED_OUT', message: 'web-2 never enrolled', hint: 'look at its console' },
    })
    expect(stderr.text).toBe('')
  })
})

describe('an interrupt', () => {
  const opened: ProvisionEvent = { type: 'order-opened', order: '01ORDER', nodes: [] }

  it('says that an order is being settled and how to leave at once', () => {
    const { reporter, stderr, abort } = open('plain')
    reporter.emit(opened)
    abort.abort('interrupt')
    expect(stderr.text).toBe(
      'Interrupted: settling order 01ORDER. Press Ctrl-C again to leave at once.\n',
    )
  })

  it('says nothing where nothing is to be settled', () => {
    const { reporter, stderr, abort } = open('plain')
    reporter.emit(opened)
    reporter.emit({ type: 'settled', order: '01ORDER', outcome: 'done' })
    abort.abort('interrupt')
    expect(stderr.text).toBe('')
  })

  it('says nothing after the command ended', () => {
    const { reporter, stderr, abort } = open('plain')
    reporter.emit(opened)
    reporter.close(false)
    abort.abort('interrupt')
    expect(stderr.text).toBe('')
  })
})
