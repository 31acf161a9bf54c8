import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { azure } from '../src/index.ts'

const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

test('the rights in the README are those that the sources ask for', () => {
  const sources = readdirSync(join(folder, 'src')).map((file) =>
    readFileSync(join(folder, 'src', file), 'utf8'),
  )
  const asked = sources
    .flatMap((text) =>
      [...text.matchAll(/'(Microsoft\.(?:Compute|Network|Resources)\/[\w/]+)'/g)].map(
        ([, action = '']) => action,
      ),
    )
    .filter((action) => /\/(read|write|delete|action)$/.test(action))
  const allowed = [...readme.matchAll(/^(Microsoft\.[\w/*]+)$/gm)].map(([, right = '']) => right)
  expect(asked.length).toBeGreaterThan(20)
  for (const action of new Set(asked)) {
    const isAllowed = allowed.some((right) =>
      right.endsWith('*') ? action.startsWith(right.slice(0, -1)) : action === right,
    )
    expect(isAllowed, action).toBe(true)
  }
})

test('the README names every option with its default', () => {
  const shape = { ...azure.accessOptions.shape, ...azure.machineOptions.shape }
  for (const key of Object.keys(shape)) {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(readme).toMatch(new RegExp(`\`--(no-)?${flag}\``))
  }
  for (const value of Object.values(azure.machineOptions.parse({}))) {
    if (typeof value !== 'boolean') expect(readme).toContain(`\`${value}\``)
  }
})
