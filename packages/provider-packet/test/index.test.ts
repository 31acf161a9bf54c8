import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packet } from '../src/index.ts'

const source = join(import.meta.dirname, '../src')

test('nothing but core and zod is imported, anywhere', () => {
  const imports = readdirSync(source).flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/from '([^.][^']*)'/g)].map(
      ([, from]) => from,
    ),
  )
  expect(new Set(imports)).toEqual(new Set(['@kontena/core', 'zod']))
})

test('options of old scripts are taken, and their secret is known as one', () => {
  expect(packet.accessOptions.parse({ token: 'x', project: 'p' })).toEqual({
    token: 'x',
    project: 'p',
  })
  expect(packet.accessOptions.shape.token.meta()).toMatchObject({ secret: true })
  expect(packet.accessOptions.parse({})).toEqual({})
})

test('every option is described', () => {
  const fields = { ...packet.accessOptions.shape, ...packet.machineOptions.shape }
  for (const [name, field] of Object.entries(fields)) {
    expect(field.meta()?.description, name).toEqual(expect.any(String))
  }
})

test('the end is told as data, for commands that stop before they open anything', () => {
  expect(packet.ended?.message).toContain('2026-06-30')
  expect(packet.ended?.hint).toContain('kontena ssh node create')
})

test('the README names every option', () => {
  const readme = readFileSync(join(source, '../README.md'), 'utf8')
  for (const key of Object.keys({
    ...packet.accessOptions.shape,
    ...packet.machineOptions.shape,
  })) {
    expect(readme).toContain(`\`--${key}\``)
  }
})
