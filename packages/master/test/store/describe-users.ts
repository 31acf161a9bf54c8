import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { exchange, makeUser } from './sample-access.ts'
import { actor, now } from './sample-records.ts'

const expiresAt = new Date(now.getTime() + 60_000)

/** Users, their roles and invitations, as any store must keep them. */
export function describeUsers(store: () => Store): void {
  const invite = (email: string, codeHash: string, more: { externalId?: string } = {}) =>
    store().invite({ email, codeHash, expiresAt, ...more }, actor, now)

  it('makes a user once per e-mail address', async () => {
    const user = await makeUser(store(), 'jo@example.com', ['grid_admin'])
    expect(user).toMatchObject({ email: 'jo@example.com', roles: ['grid_admin'], grids: [] })
    expect(await store().user('jo@example.com')).toEqual(user)
    expect(await store().createUser({ email: user.email, roles: [] }, actor, now)).toBeUndefined()
  })

  it('lists users by their addresses', async () => {
    for (const email of ['zoe', 'adam', 'jo']) await makeUser(store(), email)
    expect((await store().users()).map((user) => user.email)).toEqual(['adam', 'jo', 'zoe'])
  })

  it('lists the grids a user is a member of', async () => {
    const user = await makeUser(store())
    await store().addMember('prod', user.id, actor, now)
    await store().addMember('prod', user.id, actor, now)
    await store().addMember('nowhere', user.id, actor, now)
    expect((await store().user(user.email))?.grids).toEqual(['prod'])
    expect((await store().grid('prod'))?.userCount).toBe(1)
  })

  it('removes a user with the memberships, and audits what it was', async () => {
    await makeUser(store(), 'admin')
    const user = await makeUser(store(), 'jo@example.com', ['user_admin'])
    await store().addMember('prod', user.id, actor, now)
    expect(await store().removeUser(user.email, actor, now)).toBe('removed')
    expect(await store().removeUser(user.email, actor, now)).toBe('missing')
    expect((await store().grid('prod'))?.userCount).toBe(0)
    const [entry] = await store().auditLog(1)
    const before = { roles: ['user_admin'], grids: ['prod'] }
    expect(entry).toMatchObject({ event: 'remove user', resource: { name: user.email }, before })
  })

  it('grants and revokes roles, and audits both as they were and are', async () => {
    await makeUser(store())
    const roles = async () => (await store().user('jo@example.com'))?.roles
    await store().grantRole('jo@example.com', 'grid_admin', actor, now)
    await store().grantRole('jo@example.com', 'grid_admin', actor, now)
    await store().grantRole('jo@example.com', 'user_admin', actor, now)
    expect(await roles()).toEqual(['grid_admin', 'user_admin'])
    const left = await store().revokeRole('jo@example.com', 'grid_admin', actor, now)
    expect(left).toMatchObject({ roles: ['user_admin'] })
    expect(await roles()).toEqual(['user_admin'])
    expect(await store().revokeRole('jo@example.com', 'grid_admin', actor, now)).toBe(
      'without-role',
    )
    expect(await store().revokeRole('nobody', 'grid_admin', actor, now)).toBe('missing')
    expect(await store().grantRole('nobody', 'grid_admin', actor, now)).toBeUndefined()
    expect(await store().auditLog(3)).toMatchObject([
      { before: { roles: ['grid_admin', 'user_admin'] }, after: { roles: ['user_admin'] } },
      { before: { roles: ['grid_admin'] }, after: { roles: ['grid_admin', 'user_admin'] } },
      { before: { roles: [] }, after: { roles: ['grid_admin'] } },
    ])
  })

  it('keeps the last administrator, and does not count one who is only invited', async () => {
    await makeUser(store(), 'one', ['master_admin'])
    await invite('late@example.com', 'code')
    await store().grantRole('late@example.com', 'master_admin', actor, now)
    expect(await store().removeUser('one', actor, now)).toBe('last-admin')
    expect(await store().revokeRole('one', 'master_admin', actor, now)).toBe('last-admin')
    await makeUser(store(), 'admin')
    expect(await store().revokeRole('one', 'master_admin', actor, now)).toMatchObject({ roles: [] })
    expect(await store().removeUser('admin', actor, now)).toBe('last-admin')
    expect(await store().removeUser('one', actor, now)).toBe('removed')
  })

  it('gives no role to one who is to come by the invitation of somebody else', async () => {
    await invite('new@example.com', 'code')
    const other = { ...actor, user: { id: 'u2', email: 'other' } }
    const grant = () => store().grantRole('new@example.com', 'master_admin', other, now)
    expect(await grant()).toBe('not-joined')
    expect((await store().user('new@example.com'))?.roles).toEqual([])
    await exchange(store(), 'invitation', 'code', 'token')
    expect(await grant()).toMatchObject({ roles: ['master_admin'] })
  })

  it('invites a user, whose code is good once and for a while', async () => {
    const invited = await invite('new@example.com', 'code')
    expect(invited).toMatchObject({ email: 'new@example.com', isInvited: true, roles: [] })
    expect(await store().invitedUser('code', now)).toEqual(invited)
    expect(await store().invitedUser('code', expiresAt)).toBeUndefined()
    expect(await exchange(store(), 'invitation', 'code', 'late', expiresAt)).toBeUndefined()
    const session = await exchange(store(), 'invitation', 'code', 'token')
    expect(session?.user).toMatchObject({ email: 'new@example.com', isInvited: false })
    expect(session?.expiresAt).toEqual(new Date(now.getTime() + 7_200_000))
    expect(await exchange(store(), 'invitation', 'code', 'other')).toBeUndefined()
    expect(await store().invitedUser('code', now)).toBeUndefined()
  })

  it('replaces the code of one who has not come yet, and invites nobody twice', async () => {
    await invite('new@example.com', 'lost')
    await invite('new@example.com', 'found')
    expect(await exchange(store(), 'invitation', 'lost', 'a')).toBeUndefined()
    expect(await exchange(store(), 'invitation', 'found', 'b')).toBeDefined()
    expect(await invite('new@example.com', 'again')).toBe('joined')
  })

  it('does not take an invitation for a code', async () => {
    await invite('new@example.com', 'code')
    expect(await exchange(store(), 'code', 'code', 'token')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'code', 'token')).toBeUndefined()
  })

  it('links nobody else to a user who has come, as with an invitation that is used twice', async () => {
    const invited = await invite('new@example.com', 'code', { externalId: 'expected' })
    const id = typeof invited === 'string' ? '' : invited.id
    const [first, second] = await Promise.all([
      store().linkUser(id, { id: 'ext-1' }, actor, now),
      store().linkUser(id, { id: 'ext-2' }, actor, now),
    ])
    expect(first).toMatchObject({ externalId: 'ext-1' })
    expect(second).toBeUndefined()
    expect(await store().user('new@example.com')).toMatchObject({ externalId: 'ext-1' })
  })

  it('links a user to the id at the login provider, which accepts the invitation', async () => {
    const invited = await invite('new@example.com', 'code')
    const id = typeof invited === 'string' ? '' : invited.id
    const external = { id: 'ext-1', name: 'Jo' }
    const linked = await store().linkUser(id, external, actor, now)
    expect(linked).toMatchObject({ externalId: 'ext-1', name: 'Jo', isInvited: false })
    expect(await store().userByExternalId('ext-1')).toEqual(linked)
    expect(await exchange(store(), 'invitation', 'code', 'token')).toBeUndefined()
    const other = await makeUser(store(), 'other')
    expect(await store().linkUser(other.id, external, actor, now)).toBeUndefined()
    expect(await invite('third@example.com', 'c3', { externalId: 'ext-1' })).toBe('id-taken')
    expect(await store().user('third@example.com')).toBeUndefined()
  })
}
