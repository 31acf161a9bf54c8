import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())

const logOut = (...flags: string[]) => lab.run(['master', 'logout', ...flags])
const entries = async () => Object(await lab.config()).servers
const ended = { token: null, token_expires_at: null, refresh_token: null }
const statusOf = async (token: string) => {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${lab.master.url}/v1/user`, { headers })).status
}
async function logIn(more: Record<string, unknown> = {}) {
  const { access_token: token, refresh_token } = await lab.client.createToken({ scope: 'user' })
  const tokens = { token, refresh_token, token_expires_at: Math.floor(Date.now() / 1000) + 7_200 }
  await lab.writeConfig({ ...tokens, grid: 'prod', ...more })
  return { token, refreshToken: refresh_token ?? '' }
}

describe('master logout', () => {
  it('ends the login at the master, and forgets it', async () => {
    const { token, refreshToken } = await logIn()
    expect(await logOut()).toEqual({ code: 0, stdout: 'Logged out of test\n', stderr: '' })
    expect(await entries()).toEqual([{ name: 'test', url: lab.master.url, grid: 'prod', ...ended }])
    expect(await statusOf(token)).toBe(403)
    await expect(lab.client.refresh(refreshToken)).rejects.toMatchObject({ status: 404 })
    expect((await lab.run(['whoami'])).code).toBe(3)
  })

  it('only forgets a token that others may use too', async () => {
    await lab.writeConfig({})
    const { stdout, stderr } = await logOut()
    expect(stdout).toBe('Logged out of test\n')
    expect(stderr).toContain('only forgotten here')
    expect(await statusOf(lab.token)).toBe(200)
  })

  it('forgets a login also where its master cannot be told', async () => {
    await logIn({ url: 'http://127.0.0.1:1' })
    const { code, stderr } = await logOut()
    expect(code).toBe(0)
    expect(stderr).toContain('The master at http://127.0.0.1:1 was not told')
    expect(await entries()).toMatchObject([ended])
  })

  it('ends all logins with --all', async () => {
    const { token } = await logIn()
    const other = { name: 'other', url: 'http://127.0.0.1:1', token: 'x', refresh_token: 'y' }
    const [entry] = await entries()
    const servers = [entry, other, { name: 'none', url: 'http://127.0.0.1:2' }]
    await writeFile(lab.configFile, JSON.stringify({ current_server: 'test', servers }))
    const { stdout } = await logOut('-A', '--json')
    expect(JSON.parse(stdout)).toEqual({ logged_out: ['test', 'other'] })
    expect(await statusOf(token)).toBe(403)
    expect(await entries()).toMatchObject([ended, ended, { name: 'none' }])
  })

  it('does nothing where nobody is logged in', async () => {
    await lab.writeConfig({ token: null })
    const { code, stderr } = await logOut()
    expect(code).toBe(0)
    expect(stderr).toContain('There is no login to end')
  })
})

describe('login and logout without a master', () => {
  it.each(['login', 'logout'])('%s says what it is called today', async (word) => {
    const { code, stderr } = await lab.run([word, '--user', 'x'])
    expect(code).toBe(1)
    expect(stderr).toBe(` [error] there is no command ${word}\nhint: kontena master ${word}\n`)
  })
})
