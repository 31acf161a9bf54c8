import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../src/index.ts'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a shell gets everything that SDKs look for, and nothing of its own account', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.close())
  const variables = sandbox.environment()
  expect(variables).toMatchObject({
    AWS_ENDPOINT_URL_EC2: sandbox.url,
    AWS_ENDPOINT_URL_SSM: sandbox.url,
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA/),
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^[\w-]{40}$/),
    AWS_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: expect.any(String),
    AWS_SHARED_CREDENTIALS_FILE: expect.any(String),
    DIGITALOCEAN_API_URL: sandbox.url,
    DIGITALOCEAN_ACCESS_TOKEN: expect.stringMatching(/^dop_v1_[0-9a-f]{64}$/),
    DIGITALOCEAN_REGION: 'fra1',
    UPCLOUD_DEBUG_API_BASE_URL: sandbox.url,
    UPCLOUD_TOKEN: expect.stringMatching(/^ucat_[0-9A-F]{40}$/),
    UPCLOUD_ZONE: 'fi-hel1',
  })
  expect(readFileSync(variables.AWS_CONFIG_FILE ?? '', 'utf8')).toBe('')
  expect(new URL(sandbox.url).hostname).toBe('127.0.0.1')
})

test('each sandbox has a secret of its own', async () => {
  const both = await Promise.all([startSandbox(), startSandbox()])
  const secrets = both.map((sandbox) => sandbox.environment().AWS_SECRET_ACCESS_KEY)
  await Promise.all(both.map((sandbox) => sandbox.close()))
  expect(secrets[0]).not.toBe(secrets[1])
})

test('closing takes the port and the scratch folder back, and nothing else', async () => {
  const scratch = openFolder()
  const sandbox = await startSandbox({ scratch })
  expect(readdirSync(scratch)).toHaveLength(1)
  await sandbox.close()
  expect(readdirSync(scratch)).toEqual([])
  expect(existsSync(scratch)).toBe(true)
  await expect(fetch(sandbox.url)).rejects.toThrow()
})

test('a port that is taken is an error that leaves nothing behind', async () => {
  const first = await startSandbox()
  onTestFinished(() => first.close())
  const scratch = openFolder()
  const port = Number(new URL(first.url).port)
  await expect(startSandbox({ port, scratch })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(readdirSync(scratch)).toEqual([])
})
