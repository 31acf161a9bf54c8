import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FakeIoOptions } from '../fake-io.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(async () => {
  await lab.client.configure({}, { replaceAll: true })
})

const config = (argv: readonly string[], io?: FakeIoOptions) =>
  lab.run(['master', 'config', ...argv], io)
const all = async () => {
  const { 'server.uuid': _, ...settings } = await lab.client.configuration()
  return settings
}

describe('master config', () => {
  it('sets, gets and unsets', async () => {
    expect((await config(['set', 'server.name=the master', 'server.provider=a=b'])).code).toBe(0)
    expect(await config(['get', 'server.name'])).toEqual({
      code: 0,
      stdout: 'the master\n',
      stderr: '',
    })
    expect((await config(['get', '-p', 'server.provider'])).stdout).toBe('server.provider=a=b\n')
    await config(['unset', 'server.name', 'server.provider'])
    expect(await all()).toEqual({})
    const missing = await config(['get', 'server.name'])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('the master has no setting server.name')
  })

  it('says what is wrong with a setting, and shows no value', async () => {
    const wrong = await config(['set', 'oauth2.token_endpoint=http://pa55word'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('oauth2.token_endpoint must be a URL with https')
    const noPair = await config(['set', 'pa55word'])
    expect(noPair).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not written KEY=VALUE'),
    })
    expect(`${wrong.stderr}${noPair.stderr}`).not.toContain('pa55word')
  })

  it.each(['settings.json', 'settings.yml'])(
    'exports to %s, and imports it again',
    async (file) => {
      const settings = { 'oauth2.client_secret': 's3cret: "x"', 'server.name': 'yes' }
      await lab.client.configure(settings, { replaceAll: true })
      expect((await config(['export', file])).stdout).toContain('Exported 3 settings to ')
      expect((await stat(join(lab.folder, file))).mode & 0o777).toBe(0o600)
      await lab.client.configure({ 'server.provider': 'aws' }, { replaceAll: true })
      expect((await config(['import', file])).code).toBe(0)
      expect(await all()).toEqual({ ...settings, 'server.provider': 'aws' })
      expect((await config(['import', file, '--full'])).code).toBe(2)
      expect((await config(['import', file, '--full', '-f'])).code).toBe(0)
      expect(await all()).toEqual(settings)
    },
  )

  it('exports to stdout what is wanted, and imports from stdin', async () => {
    await lab.client.configure(
      { 'server.name': 'a', 'oauth2.client_id': 'b' },
      { replaceAll: true },
    )
    const yaml = await config(['export', '-f', 'yaml', '--filter', 'oauth2.*'])
    expect(yaml.stdout).toBe('oauth2.client_id: b\n')
    expect(JSON.parse((await config(['export'])).stdout)).toMatchObject({ 'server.name': 'a' })
    expect((await config(['import', '--format', 'yaml'], { input: ['server.name: c'] })).code).toBe(
      0,
    )
    expect(await all()).toEqual({ 'server.name': 'c', 'oauth2.client_id': 'b' })
  })

  it.each([
    ['{"server.name": "pa55word', 'is not JSON'],
    ['["pa55word"]', 'holds no settings'],
    ['{"server.name": {"pa55word": 1}}', 'has no text at server.name'],
  ])('imports nothing from a file with %s', async (text, message) => {
    await writeFile(join(lab.folder, 'bad.json'), text)
    const { code, stderr } = await config(['import', 'bad.json'])
    expect(code).toBe(2)
    expect(stderr).toContain(`bad.json ${message}`)
    expect(stderr).not.toContain('pa55word')
    expect(await all()).toEqual({})
  })

  it('refuses a format that it does not know, and a path that cannot be written', async () => {
    expect((await config(['export', '-f', 'xml'])).stderr).toContain('there is no format xml')
    const { code, stderr } = await config(['export', 'no/such/folder.json'])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot be written: ENOENT')
    await expect(readFile(join(lab.folder, 'no'))).rejects.toThrow('ENOENT')
  })
})
