import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { vagrant } from '../src/index.ts'

const source = join(import.meta.dirname, '../src')

describe('the manifest', () => {
  test('loads nothing that calls Vagrant', () => {
    const imports = ['index.ts', 'options.ts', 'masters/options.ts'].flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      return [...text.matchAll(/^(?:import|export|}) .*?from '(.+)'/gm)].map(([, from]) => from)
    })
    const own = imports.filter((from) => from?.startsWith('.'))

    expect(new Set(imports.filter((from) => !from?.startsWith('.')))).toEqual(
      new Set(['@kontena/core', 'zod', 'node:net']),
    )
    expect(own.every((from) => from?.endsWith('options.ts'))).toBe(true)
  })

  test('describes every option', () => {
    const fields = { ...vagrant.accessOptions.shape, ...vagrant.machineOptions.shape }
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meta()?.description, name).toEqual(expect.any(String))
    }
  })

  test('says that machines can be stopped, and told of a repeated create', () => {
    expect(vagrant.abilities).toMatchObject({
      restart: true,
      stop: true,
      consoleLog: true,
      idempotentCreate: true,
    })
    expect(vagrant.limits.batch).toBe(1)
  })
})

test('machine options have the defaults of the README', () => {
  expect(vagrant.machineOptions.parse({})).toEqual({
    memory: 2048,
    cpus: 1,
    box: 'cloud-image/ubuntu-24.04',
    az: 'local',
    emulated: false,
  })
})

test.each([
  ['memory', 511],
  ['memory', 2048.5],
  ['cpus', 0],
  ['cpus', 65],
  ['box', ''],
  ['vagrantProvider', 'Virtual Box'],
  ['vagrantProvider', '--force'],
  ['networkAddress', '192.168.56'],
  ['networkAddress', 'DHCP'],
  ['networkAddress', 'fe80::1'],
  ['az', 'two words'],
  ['az', '-x'],
])('%s cannot be %j', (key, value) => {
  expect(vagrant.machineOptions.safeParse({ [key]: value }).success).toBe(false)
})

test.each(['a b', '', '=x'])('region cannot be %j', (region) => {
  expect(vagrant.accessOptions.safeParse({ region }).success).toBe(false)
})
