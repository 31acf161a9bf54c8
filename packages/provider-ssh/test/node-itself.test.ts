import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

test('the provider loads in Node itself, which finds fewer names in old packages than bundlers do', () => {
  const entry = JSON.stringify(import.meta.resolve('../src/provider.ts'))
  const flags = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
  ]
  const program = `import(${entry}).then(({ openSsh }) => process.stdout.write(typeof openSsh))`
  const output = execFileSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' })
  expect(output).toBe('function')
})
