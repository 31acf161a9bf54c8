import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { findLogin } from '../../src/orders/find-login.ts'
import type { ProviderSession } from '../../src/provider.ts'
import { finish, type Moon } from '../moon.ts'
import { openOnline } from './online-moon.ts'

async function nodeOf({ scope }: Moon, name = 'web-1') {
  return finish(scope.master.node(scope.owner.grid, name, scope.signal))
}

describe('findLogin', () => {
  it('asks the provider by the id of the machine', async () => {
    const moon = await openOnline()
    const login = await finish(findLogin(await nodeOf(moon), moon.scope))
    expect(login).toEqual({ address: 'crater.example', port: 2222 })
    expect(moon.cloud.called('login')).toMatchObject([{ ids: ['rover-1'] }])
  })

  it('leaves a machine to its record that the provider knows nothing of', async () => {
    const moon = await openOnline()
    moon.cloud.fail('login', new ProvisionError('NOT_FOUND', 'no such rover'))
    expect(await finish(findLogin(await nodeOf(moon), moon.scope))).toEqual({})
  })

  it('leaves a node to its record that has no machine', async () => {
    const moon = await openOnline()
    const node = await nodeOf(moon)
    expect(await findLogin({ ...node, machine: null }, moon.scope)).toEqual({})
    expect(moon.cloud.called('login')).toEqual([])
  })

  it('takes the public address of the machine where the provider knows no more', async () => {
    const moon = await openOnline()
    const node = await nodeOf(moon)
    const { login: _, find, ...rest } = moon.scope.session
    const session: ProviderSession = {
      ...rest,
      find: async (query, call) =>
        (await find(query, call)).map((one) => ({ ...one, publicAddress: '203.0.113.7' })),
    }
    const login = await finish(findLogin(node, { ...moon.scope, session }))
    expect(login).toEqual({ address: '203.0.113.7' })
  })

  it('asks nobody about a machine of another account', async () => {
    const moon = await openOnline()
    const scope = { ...moon.scope, account: { id: 'rival', region: 'moon', local: false } }
    await expect(findLogin(await nodeOf(moon), scope)).rejects.toMatchObject({
      code: 'WRONG_ACCOUNT',
      message: 'web-1 was made in acme moon, not in rival moon',
    })
    expect(moon.cloud.called('login')).toEqual([])
  })
})
