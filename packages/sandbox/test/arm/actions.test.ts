import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { routes } from '../../src/arm/routes.ts'

/** Calls that no SDK offers by name: it makes them itself while it waits. */
const madeBySdk = new Set([
  'operations.get',
  'operations.getResult',
  'deployments.getOperationStatus',
])

test('every action is called through the SDK by some test', () => {
  const tests = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n')
  const untested = routes
    .map(({ action }) => action)
    .filter((action) => !madeBySdk.has(action))
    .filter((action) => !tests.includes(`.${action.split('.')[1]}(`))
  expect(untested).toEqual([])
})

test('every action has one path and method of its own', () => {
  const places = routes.map(({ method, path }) => `${method} ${path.toLowerCase()}`)
  expect(new Set(places).size).toBe(places.length)
})
