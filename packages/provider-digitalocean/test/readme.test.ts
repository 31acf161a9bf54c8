import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digitalocean } from '../src/index.ts'

const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

test('the README lists exactly the scopes that the sources ask for', () => {
  const asked = readdirSync(join(folder, 'src')).flatMap((file) =>
    [...readFileSync(join(folder, 'src', file), 'utf8').matchAll(/scope: '(\w+:\w+)'/g)].map(
      ([, scope]) => scope,
    ),
  )
  const listed = [...readme.matchAll(/`([a-z_]+:(?:read|create|update|delete))`/g)].map(
    ([, scope]) => scope,
  )
  // A launch names its tags, which takes a scope without a call of its own.
  expect(listed.toSorted()).toEqual([...new Set([...asked, 'tag:create'])].toSorted())
})

test('the README names every option and every variable', () => {
  const fields = { ...digitalocean.accessOptions.shape, ...digitalocean.machineOptions.shape }
  for (const [key, field] of Object.entries(fields)) {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(readme).toContain(`\`--${flag}\``)
    for (const variable of [field.meta()?.env ?? []].flat()) {
      expect(readme).toContain(`\`${variable}\``)
    }
  }
})
