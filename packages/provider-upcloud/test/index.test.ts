import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { upcloud } from '../src/index.ts'

const source = join(import.meta.dirname, '../src')

describe('the manifest', () => {
  test('loads no client: what it imports imports core and zod only', () => {
    const imports = ['index.ts', 'options.ts'].flatMap((file) =>
      [
        ...readFileSync(join(source, file), 'utf8').matchAll(/^(?:import|export) .*from '(.+)'/gm),
        ...readFileSync(join(source, file), 'utf8').matchAll(/^} from '(.+)'/gm),
      ].map(([, from]) => from),
    )
    expect(new Set(imports)).toEqual(new Set(['@kontena/core', './options.ts', 'zod']))
  })

  test('keeps secrets out of defaults, and names where each option may come from', () => {
    const { token, password, username, zone } = upcloud.accessOptions.shape
    expect(token.meta()).toMatchObject({ secret: true, env: 'UPCLOUD_TOKEN' })
    expect(password.meta()).toMatchObject({ secret: true, env: 'UPCLOUD_PASSWORD' })
    expect(username.meta()).toMatchObject({ env: 'UPCLOUD_USERNAME' })
    expect(zone.meta()).toMatchObject({ env: 'UPCLOUD_ZONE', ask: true })
    expect(upcloud.accessOptions.parse({})).toEqual({})
  })

  test('describes every option', () => {
    const fields = { ...upcloud.accessOptions.shape, ...upcloud.machineOptions.shape }
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meta()?.description, name).toEqual(expect.any(String))
    }
  })
})

test('machine options have the defaults of the README', () => {
  expect(upcloud.machineOptions.parse({})).toEqual({ plan: '1xCPU-2GB', image: 'ubuntu-24.04' })
})

test.each([
  ['zone', 'Helsinki'],
  ['zone', 'fi-hel1/x'],
  ['zone', 'fi'],
  ['token', ''],
])('%s cannot be %j', (key, value) => {
  expect(upcloud.accessOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each([
  ['plan', 'small plan'],
  ['plan', '1xCPU-2GB\n'],
  ['image', 'windows'],
  ['storage', 9],
  ['storage', 4097],
  ['storage', 10.5],
  ['network', ''],
])('%s cannot be %j', (key, value) => {
  expect(upcloud.machineOptions.safeParse({ [key]: value }).success).toBe(false)
})

test('only errors.ts knows which code of UpCloud is which of ours', () => {
  const others = readdirSync(source).filter((file) => file !== 'errors.ts')
  for (const file of others) {
    const text = readFileSync(join(source, file), 'utf8')
    expect(
      /: '(NO_CREDENTIALS|BAD_CREDENTIALS|RATE_LIMITED|QUOTA_EXCEEDED)'/.test(text),
      file,
    ).toBe(false)
  }
})

test('the README names every option', () => {
  const readme = readFileSync(join(source, '../README.md'), 'utf8')
  const keys = Object.keys({ ...upcloud.accessOptions.shape, ...upcloud.machineOptions.shape })
  for (const key of keys) expect(readme).toContain(`\`--${key}\``)
})
