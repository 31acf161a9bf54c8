import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())
beforeEach(() => lab.writeConfig({}))

const token = (...argv: string[]) => lab.run(['master', 'token', ...argv])

describe('master token create', () => {
  it('makes a token for a machine that never asks again', async () => {
    const { code, stdout } = await token('create', '-e', '0', '--token', '-d', 'for CI')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
    const env = { KONTENA_TOKEN: stdout.trim(), KONTENA_URL: lab.master.url }
    expect((await lab.run(['whoami'], { env })).stdout).toContain('User: admin')
  })

  it('shows a token with all that belongs to it', async () => {
    const { stdout } = await token('create', '-s', 'user,owner', '-e', '1h', '-d', 'mine')
    const id = String((await lab.client.tokens()).at(-1)?.id)
    expect(stdout.split('\n')).toEqual([
      `${id}:`,
      '  token_type: bearer',
      '  scopes: user,owner',
      '  description: mine',
      '  user: admin',
      expect.stringMatching(/^ {2}access_token: [0-9a-f]{64}$/),
      expect.stringMatching(/^ {2}refresh_token: [0-9a-f]{128}$/),
      expect.stringMatching(/^ {2}access_token_last_four: [0-9a-f]{4}$/),
      '  expires_in: 3600',
      '',
    ])
  })

  it('makes a code for another user', async () => {
    const { invite_code: invitation } = await lab.client.invite({ email: 'jo@example.com' })
    await lab.client.login(invitation)
    const { stdout } = await token('create', '--code', '-u', 'jo@example.com', '--token')
    expect(await lab.client.login(stdout.trim())).toMatchObject({
      user: { email: 'jo@example.com' },
    })
    expect((await token('create', '-c', '--json')).stdout).toMatch(/"code":"[0-9a-f]{32}"/)
  })

  it.each([
    [['-s', 'user,king'], ' [error] --scopes user,king: must be user or owner\nhint: '],
    [['-e', 'soon'], '--expires-in soon is not a duration'],
    [['-u', 'nobody'], ' [error] the master has no user nobody\nhint: '],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await token('create', ...flags)
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
})

describe('the tokens of a user', () => {
  it('are listed without their secrets', async () => {
    const made = await lab.client.createToken({ scope: 'user', expires_in: 0, description: 'CI' })
    const { stdout } = await token('list')
    expect(stdout).toMatch(/^ID +TYPE +LAST4 +EXPIRES IN +SCOPES +DESCRIPTION\n/)
    const four = made.access_token.slice(-4)
    expect(stdout).toMatch(new RegExp(`^${made.id} +bearer +${four} +never +user +CI$`, 'm'))
    expect(stdout).not.toContain(made.access_token)
    expect((await token('ls', '-q')).stdout).toContain(`${made.id}\n`)
  })

  it('are called expired once they are', async () => {
    const { id } = await lab.client.createToken({ scope: 'user', expires_in: 1 })
    await vi.waitFor(
      async () =>
        expect((await token('show', String(id))).stdout).toContain('  expires_in: expired\n'),
      { timeout: 10_000, interval: 200 },
    )
  })

  it('are shown by id, and end', async () => {
    const made = await lab.client.createToken({ scope: 'user', expires_in: 0 })
    expect((await token('show', made.id)).stdout).toContain('  expires_in: never\n')
    expect((await token('remove', made.id)).code).toBe(2)
    expect(await token('remove', made.id, '--force')).toMatchObject({ code: 0 })
    const gone = await token('show', made.id)
    expect(gone.code).toBe(1)
    expect(gone.stderr).toContain(`there is no token with the id ${made.id}`)
  })

  it('include the one in use', async () => {
    expect((await token('current', '--token')).stdout).toBe(`${lab.token}\n`)
    const id = (await token('current', '--id')).stdout.trim()
    expect((await token('current')).stdout).toContain(`${id}:\n`)
    expect(JSON.parse((await token('current', '--json')).stdout)).toMatchObject({ id })
  })
})
