import { readFile } from 'node:fs/promises'
import { eventTypes } from '@kontena/protocol'
import { expect, test } from 'vitest'
import { pageFile } from './markdown.ts'

test('docs/reference/events.md tells of every type of event, and of no other', async () => {
  const page = await readFile(pageFile('events.md'), 'utf8')
  const [, types = ''] = page.split('## Types')
  const written = [...types.matchAll(/`([a-z]+:[a-z-]+)`/g)].map(([, type]) => type)
  expect(written.sort()).toEqual([...eventTypes].sort())
})
