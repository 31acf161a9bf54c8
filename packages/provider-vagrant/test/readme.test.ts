import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { vagrant } from '../src/index.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
const rows = readme.split('\n').filter((line) => line.startsWith('| `--'))

test('the README names every option with its variable and default', () => {
  const fields = { ...vagrant.accessOptions.shape, ...vagrant.machineOptions.shape }
  expect(rows).toHaveLength(Object.keys(fields).length)
  for (const [key, field] of Object.entries(fields)) {
    const flag = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const row = rows.find((line) => line.startsWith(`| \`--${flag}\``))
    for (const variable of [field.meta()?.env ?? []].flat())
      expect(row).toContain(`\`${variable}\``)
    const usual = field.safeParse(undefined).data
    if (usual !== undefined) expect(row).toContain(`\`${usual}\``)
  }
})
