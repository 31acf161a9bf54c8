import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ssh } from '../src/index.ts'

const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const guide = readFileSync(join(folder, '../../docs/guides/ssh.md'), 'utf8')

test('the README names every option and every variable', () => {
  const fields = { ...ssh.accessOptions.shape, ...ssh.machineOptions.shape }
  for (const [key, field] of Object.entries(fields)) {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(readme).toContain(`\`--${flag}\``)
    for (const variable of [field.meta()?.env ?? []].flat()) {
      expect(readme).toContain(`\`${variable}\``)
    }
  }
})

test('the guide explains messages that there are', () => {
  const source = readdirSync(join(folder, 'src'))
    .map((file) => readFileSync(join(folder, 'src', file), 'utf8'))
    .join('\n')
  const [, table = ''] = guide.split('## When it says no')
  const messages = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
  )
  expect(messages.length).toBeGreaterThan(8)
  for (const message of messages) {
    const parts = message.split(/USER|…/).map((part) => part.trim())
    for (const part of parts) expect(source).toContain(part)
  }
})
