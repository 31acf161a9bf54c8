import { expect, test } from 'vitest'
import { printFindings } from '../../src/doctor/finding.ts'

test('findings stand in columns, each with its cure below', () => {
  const text = printFindings([
    { name: 'DNS', level: 'ok', message: 'fine' },
    { name: 'WebSocket', level: 'fail', message: 'no way', next: 'ask the proxy' },
  ])
  expect(text).toBe(
    'ok    DNS        fine\nfail  WebSocket  no way\n                 next: ask the proxy\n',
  )
})

test('what others sent stays on its line, and does nothing to a terminal', () => {
  const text = printFindings([
    { name: 'HTTP', level: 'fail', message: 'a master\nok    TLS  fine\u001b[2J\u009b1m' },
  ])
  expect(text).toBe('fail  HTTP  a master ok    TLS  fine [2J 1m\n')
})
