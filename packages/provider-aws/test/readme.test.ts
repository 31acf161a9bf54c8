import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aws } from '../src/index.ts'

const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

test('the policy in the README allows exactly what the sources ask for', () => {
  const asked = readdirSync(join(folder, 'src')).flatMap((file) =>
    [
      ...readFileSync(join(folder, 'src', file), 'utf8').matchAll(/action: '((?:ec2|ssm):\w+)'/g),
    ].map(([, action]) => action),
  )
  // It has no call of its own at launch, only in naming machines; both need it.
  expect(asked).toContain('ec2:CreateTags')
  const allowed = [...readme.matchAll(/"((?:ec2|ssm):\w+)"/g)].map(([, action]) => action)
  expect(allowed.toSorted()).toEqual([...new Set(asked)].toSorted())
})

test('the README names every option', () => {
  const keys = Object.keys({ ...aws.accessOptions.shape, ...aws.machineOptions.shape })
  for (const key of keys) {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(readme).toMatch(new RegExp(`\`--(no-)?${flag}\``))
  }
})
