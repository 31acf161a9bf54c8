import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FakeIoOptions } from '../fake-io.ts'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
})
afterAll(() => lab.close())

const user = (argv: readonly string[], io?: FakeIoOptions) =>
  lab.run(['master', 'user', ...argv], io)
const rolesOf = async (email: string) =>
  (await lab.client.users()).find((one) => one.email === email)?.roles.map(({ name }) => name)

describe('master user invite', () => {
  it('prints a code, and the command that takes it', async () => {
    const { code, stdout } = await user(['invite', 'Jo@Example.com', '-r', 'grid_admin,user_admin'])
    expect(code).toBe(0)
    const [, invitation = ''] = /code: {2}([0-9a-f]{32})/.exec(stdout) ?? []
    expect(stdout).toBe(
      `Invitation created for jo@example.com\n  * code:  ${invitation}\n` +
        `  * join:  kontena master join ${lab.master.url} ${invitation}\n`,
    )
    expect(await rolesOf('jo@example.com')).toEqual(['grid_admin', 'user_admin'])
    expect(await lab.client.login(invitation)).toMatchObject({ user: { email: 'jo@example.com' } })
  })

  it('prints codes alone, or JSON', async () => {
    const codes = await user(['invite', '-c', 'a@example.com', 'b@example.com'])
    expect(codes.stdout).toMatch(/^([0-9a-f]{32}\n){2}$/)
    const { stdout } = await user(['invite', 'c@example.com', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      email: 'c@example.com',
      invite_code: expect.stringMatching(/^[0-9a-f]{32}$/),
      roles: [],
    })
  })

  it.each([
    [['invite', 'x@example.com', '-r', 'king'], 2, 'there is no role king'],
    [['invite', 'nobody'], 2, "Email isn't in the right format"],
  ])('refuses %j', async (argv, code, message) => {
    const result = await user(argv)
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(message)
  })

  it('names the authority of a master that has its own', async () => {
    const secure = await openTestMaster({ tls: true })
    try {
      await secure.writeConfig({ ca: secure.master.caPem })
      const { stdout } = await secure.run(['master', 'user', 'invite', 'jo@example.com'])
      expect(stdout).toContain(` --ca-sha256 ${secure.master.caSha256}\n`)
    } finally {
      await secure.close()
    }
  })
})

describe('master user list', () => {
  it('shows who is there, and what they may do', async () => {
    const fresh = await openTestMaster()
    try {
      await fresh.client.invite({ email: 'jo@example.com', username: 'Jo' })
      await fresh.client.grantRole('jo@example.com', 'grid_admin')
      const list = (flags: string[]) => fresh.run(['master', 'user', 'list', ...flags])
      expect((await list([])).stdout).toBe(
        'EMAIL           NAME   ROLES\n' +
          'admin           admin  master_admin\n' +
          'jo@example.com  Jo     grid_admin\n',
      )
      expect((await list(['-q'])).stdout).toBe('admin\njo@example.com\n')
      expect(JSON.parse((await list(['--json'])).stdout)).toMatchObject([
        { email: 'admin' },
        { email: 'jo@example.com' },
      ])
    } finally {
      await fresh.close()
    }
  })
})

describe('master user role', () => {
  it('gives roles and takes them', async () => {
    await lab.client.invite({ email: 'role@example.com' })
    const added = await user(['role', 'add', 'grid_admin', 'role@example.com'])
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('.. done') })
    expect(await rolesOf('role@example.com')).toEqual(['grid_admin'])
    expect((await user(['role', 'remove', 'grid_admin', 'role@example.com'])).code).toBe(2)
    await user(['role', 'rm', 'grid_admin', 'role@example.com', '--force'])
    expect(await rolesOf('role@example.com')).toEqual([])
  })

  it('says that the last administrator stays one', async () => {
    const { code, stderr } = await user(['role', 'rm', 'master_admin', 'admin', '--force'])
    expect(code).toBe(2)
    expect(stderr).toContain('The last administrator of the master stays one')
  })
})

describe('master user remove', () => {
  it('removes users whose address was typed', async () => {
    await lab.client.invite({ email: 'gone@example.com' })
    const argv = ['remove', 'gone@example.com']
    expect((await user(argv, { isTTY: true, input: ['other@example.com'] })).code).toBe(1)
    expect(await rolesOf('gone@example.com')).toEqual([])
    expect((await user(argv, { isTTY: true, input: ['gone@example.com'] })).code).toBe(0)
    expect(await rolesOf('gone@example.com')).toBeUndefined()
  })

  it('does not remove the one who asks', async () => {
    const { code, stderr } = await user(['rm', 'admin', '--force'])
    expect(code).toBe(2)
    expect(stderr).toContain('Cannot remove yourself')
  })
})

describe('master user with nobody', () => {
  it.each([
    [['rm', 'nobody@example.com', '--force']],
    [['role', 'add', 'grid_admin', 'nobody@example.com']],
    [['role', 'rm', 'grid_admin', 'nobody@example.com', '--force']],
  ])('says who is not there and where those are who are: %j', async (argv) => {
    const { code, stderr } = await user(argv)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        ' [error] the master has no user nobody@example.com\n' +
        'hint: those there are: kontena master user list; ' +
        'another one: kontena master user invite nobody@example.com\n',
    })
  })
})
