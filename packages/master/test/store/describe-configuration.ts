import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { makeUser } from './sample-access.ts'
import { actor, now } from './sample-records.ts'

/** Settings, as any store must keep them. */
export function describeConfiguration(store: () => Store): void {
  const configure = (change: Record<string, string | null>, replaceAll = false) =>
    store().configure(change, { replaceAll }, actor, now)

  it('merges settings, and unsets them by null', async () => {
    await configure({ 'server.name': 'one', 'oauth2.client_secret': 's3cret' })
    await configure({ 'server.name': 'two', 'server.provider': 'aws' })
    await configure({ 'server.provider': null, 'server.nothing': null })
    expect(await store().configuration()).toEqual({
      'oauth2.client_secret': 's3cret',
      'server.name': 'two',
    })
    expect(await store().configurationValue('oauth2.client_secret')).toBe('s3cret')
    expect(await store().configurationValue('server.provider')).toBeUndefined()
  })

  it('replaces all settings', async () => {
    await configure({ 'server.name': 'one', 'server.provider': 'aws' })
    await configure({ 'server.name': 'two' }, true)
    expect(await store().configuration()).toEqual({ 'server.name': 'two' })
  })

  it('audits what changed, without secrets, and no change that is none', async () => {
    await configure({ 'server.name': 'one', 'oauth2.client_secret': 's3cret' })
    await configure({ 'server.name': 'one' })
    await configure({ 'server.name': 'two', 'oauth2.client_secret': 'n3w' })
    const log = (await store().auditLog(10)).filter(
      ({ resource }) => resource.type === 'configuration',
    )
    expect(log).toMatchObject([
      {
        resource: { name: 'oauth2.client_secret, server.name' },
        before: { 'server.name': 'one', 'oauth2.client_secret': '***' },
        after: { 'server.name': 'two', 'oauth2.client_secret': '***' },
      },
      { before: { 'server.name': null, 'oauth2.client_secret': null } },
    ])
    expect(JSON.stringify(log)).not.toMatch(/s3cret|n3w/)
  })

  it('forgets the ids at a login provider that is another now', async () => {
    const user = await makeUser(store())
    const link = () => store().linkUser(user.id, { id: 'ext-1' }, actor, now)
    const id = async () => (await store().user(user.email))?.externalId
    await link()
    await configure({ 'server.name': 'one' })
    expect(await id()).toBe('ext-1')
    await configure({ 'oauth2.client_id': 'x' })
    expect(await id()).toBeUndefined()
    await link()
    await configure({ 'oauth2.client_id': 'x' })
    expect(await id()).toBe('ext-1')
    await configure({ 'server.root_url': 'https://master.example.com' })
    expect(await id()).toBeUndefined()
  })
}
