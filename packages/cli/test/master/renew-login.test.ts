import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster
const old = 1_500_000_000

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())

/** A login of two hours, as the configuration keeps it. */
async function logIn(more: Record<string, unknown> = {}) {
  const made = await lab.client.createToken({ scope: 'user' })
  const tokens = { token: made.access_token, refresh_token: made.refresh_token ?? null }
  await lab.writeConfig({ ...tokens, token_expires_at: soon(), ...more })
  return tokens
}
const soon = () => Math.floor(Date.now() / 1000) + 7_200
const entry = async () => Object(await lab.config()).servers[0]
const whoami = (env: Record<string, string> = {}) => lab.run(['whoami'], { env })

beforeEach(async () => {
  await logIn()
})

describe('a login that is over', () => {
  it('is renewed before it is used, and kept', async () => {
    const before = await logIn({ token_expires_at: old, odd: 'kept' })
    expect(await whoami()).toMatchObject({ code: 0, stdout: expect.stringContaining('admin') })
    const after = await entry()
    expect(after).toMatchObject({ odd: 'kept', token_expires_at: expect.any(Number) })
    expect(after.token_expires_at).toBeGreaterThan(Date.now() / 1000 + 7_000)
    expect(after.token).not.toBe(before.token)
    expect(after.refresh_token).not.toBe(before.refresh_token)
    expect((await whoami()).code).toBe(0)
  })

  it('is renewed once by commands that find it so at the same time', async () => {
    await logIn({ token_expires_at: old })
    const all = await Promise.all([whoami(), whoami(), whoami(), whoami()])
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      all.map(() => ({ code: 0, stderr: '' })),
    )
    expect((await lab.run(['whoami'])).code).toBe(0)
    expect(await lab.client.refresh((await entry()).refresh_token)).toMatchObject({
      expires_in: 7_200,
    })
  })

  it('is renewed where KONTENA_URL names its master, since the old one is spent', async () => {
    await logIn({ token_expires_at: old })
    expect((await whoami({ KONTENA_URL: lab.master.url })).code).toBe(0)
    expect((await whoami()).code).toBe(0)
  })

  it('is not renewed where KONTENA_TOKEN is used', async () => {
    const before = await logIn({ token_expires_at: old })
    expect((await whoami({ KONTENA_TOKEN: lab.token })).code).toBe(0)
    expect(await entry()).toMatchObject(before)
  })

  it('says so where it cannot be renewed, and tries that once', async () => {
    await logIn({ token_expires_at: old, refresh_token: 'f'.repeat(128) })
    const { code, stderr } = await whoami()
    expect(code).toBe(3)
    expect(stderr).toContain('Your login has expired at the master test')
    expect(stderr).not.toContain('ffff')
    expect(await entry()).toMatchObject({ refresh_token: null })
  })

  it('spends no refresh token where the new one could not be kept', async () => {
    const before = await logIn({ token_expires_at: old })
    const text = await readFile(lab.configFile, 'utf8')
    const elsewhere = `${lab.folder}/locked.json`
    await writeFile(elsewhere, text)
    // A lock that belongs to another computer, and is not over yet.
    await writeFile(`${elsewhere}.login.lock`, '1 elsewhere x\n')
    const interrupted = AbortSignal.abort('interrupt')
    const env = { KONTENA_CONFIG: elsewhere }
    expect((await lab.run(['whoami'], { env, signal: interrupted })).code).toBe(130)
    expect(await lab.client.refresh(before.refresh_token ?? '')).toMatchObject({
      expires_in: 7_200,
    })
  })
})

describe('a login that the master says is over', () => {
  it('is renewed in the middle of a command', async () => {
    const short = await lab.client.createToken({ scope: 'user', expires_in: 1 })
    // The configuration believes in it for longer, as after a clock that was set back.
    await lab.writeConfig({
      token: short.access_token,
      refresh_token: short.refresh_token,
      token_expires_at: soon(),
    })
    await expect
      .poll(() => statusOf(short.access_token), { timeout: 5_000, interval: 100 })
      .toBe(401)
    expect((await whoami()).code).toBe(0)
    expect((await entry()).token).not.toBe(short.access_token)
  })

  const statusOf = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'kontena-client': '2.0.0' }
    return (await fetch(`${lab.master.url}/v1/user`, { headers })).status
  }
})
