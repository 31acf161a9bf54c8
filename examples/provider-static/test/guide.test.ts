import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contractVersion } from '@kontena/core'
import { expect, test } from 'vitest'
import { provider } from '../src/index.ts'

const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, '../../docs/guides/write-a-provider.md'), 'utf8')
const excerpts = [...guide.matchAll(/^`((?:src|test)\/[\w./-]+)`\n\n```ts\n([\s\S]*?)```/gm)]

test.each(excerpts.map(([, file = '', code = '']) => [file, code] as const))(
  'what the guide quotes of %s stands there',
  (file, code) => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(code)
  },
)

test('the guide quotes the example', () => {
  expect(excerpts.length).toBeGreaterThan(5)
})

test('every file that the guide and the README name is there', () => {
  for (const page of [guide, readFileSync(join(root, 'README.md'), 'utf8')]) {
    const home = page === guide ? join(root, '../../docs/guides') : root
    for (const [, link = ''] of page.matchAll(/\]\((\.\.[^)]+)\)/g)) {
      expect(() => readFileSync(join(home, link)), link).not.toThrow(/ENOENT/)
    }
  }
})

test('the package tells as data what the manifest tells as code', () => {
  const told: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(told).toMatchObject({
    kontena: {
      provider: provider.name,
      title: provider.title,
      contract: contractVersion,
      entry: './src/index.ts',
    },
  })
})
