import { expect, test } from 'vitest'
import { openRouter, type Route } from '../../src/rest/route.ts'

function route(method: string, path: string): Route<undefined> {
  return { method, path, action: `${method} ${path}`, answer: () => ({ status: 200 }) }
}

const find = openRouter([
  route('GET', 'droplets'),
  route('GET', 'droplets/latest'),
  route('GET', 'droplets/:id'),
  route('DELETE', 'droplets/:id'),
  route('GET', 'droplets/:id/actions/:action'),
])

test.each([
  ['GET', 'droplets', 'GET droplets', {}],
  ['GET', 'droplets/', 'GET droplets', {}],
  ['GET', 'droplets/7', 'GET droplets/:id', { id: '7' }],
  ['DELETE', 'droplets/7/', 'DELETE droplets/:id', { id: '7' }],
  ['GET', 'droplets/latest', 'GET droplets/latest', {}],
  ['GET', 'droplets/7/actions/8', 'GET droplets/:id/actions/:action', { id: '7', action: '8' }],
  ['GET', 'droplets/a%3Ab%2Fc', 'GET droplets/:id', { id: 'a:b/c' }],
  ['GET', 'droplets/%', 'GET droplets/:id', { id: '%' }],
])('%s %s is answered by %s', (method, path, action, parameters) => {
  expect(find(method, path)).toMatchObject({ route: { action }, parameters })
})

test.each([
  ['POST', 'droplets'],
  ['GET', 'droplets/7/actions'],
  ['GET', ''],
  ['get', 'droplets'],
])('nothing answers %s %s', (method, path) => {
  expect(find(method, path)).toBeUndefined()
})
