import { describe, expect, it } from 'vitest'
import { greetingFor, isModern } from '../../src/gateway/agent-version.ts'

describe('greetingFor', () => {
  it.each([
    ['2.0.0', '2.0.0', true],
    ['2.0.9', '2.0.0', true],
    ['2.0.0', '2.0.7', true],
    ['2.1.0', '2.0.0', false],
    ['1.5.4', '2.0.0', false],
    ['3.0.0', '2.0.0', false],
    ['2.0.0-rc1', '2.0.0', false],
    ['2.0.0.pre1', '2.0.0', false],
    ['2.0.0-rc1', '2.0.0-rc1', true],
    ['2.0.0-rc10', '2.0.0-rc9', true],
    ['2.0.0-rc9', '2.0.0-rc10', false],
    ['2.0.0-pre9', '2.0.0-rc1', false],
    ['2.0.1-pre1', '2.0.0-rc1', true],
    ['2.0.0', '2.0.0-rc1', true],
    ['', '2.0.0', false],
    ['2.0', '2.0.0', false],
    ['two', '2.0.0', false],
    ['2.0.0\n', '2.0.0', false],
    [`2.0.${'9'.repeat(400)}`, '2.0.0', false],
  ])('agent %j and master %s: %s', (agent, master, isIn) => {
    const greeting = greetingFor(agent, { master, compatibility: undefined })
    expect(greeting).toBe(isIn ? master : undefined)
  })

  it.each([
    ['1.5.4', '1.5', '1.5.4'],
    ['1.5.0', '1.5', '1.5.0'],
    ['2.0.3', '1.5', '2.0.0'],
    ['1.4.3', '1.5', undefined],
    ['1.6.0', '1.5', undefined],
    ['1.5.0.pre1', '1.5', undefined],
    ['1.4.3', '1.4', undefined],
    ['1.5.4', 'yes', undefined],
    ['1.5.4', '', undefined],
  ])('agent %s where the master takes %j as well is told %s', (agent, compatibility, greeting) => {
    expect(greetingFor(agent, { master: '2.0.0', compatibility })).toBe(greeting)
  })
})

describe('isModern', () => {
  it('tells agents that understand an HTTP refusal', () => {
    expect(['2.0.0', '2.9.1', '10.0.0'].every(isModern)).toBe(true)
    expect(['1.5.4', '', 'x', '0.9.0'].some(isModern)).toBe(false)
  })
})
