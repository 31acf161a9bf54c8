import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actions } from '../../src/ec2/actions.ts'

test('every action is called through the SDK by some test', () => {
  const tests = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n')
  const untested = [...actions.keys()].filter((name) => !tests.includes(`new ${name}Command(`))
  expect(untested).toEqual([])
})
