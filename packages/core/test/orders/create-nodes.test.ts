import { expect, it } from 'vitest'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { planOrder } from '../../src/orders/plan.ts'
import { finish, openMoon, request } from '../moon.ts'

it('makes machines that come online, one call per zone', async () => {
  const { cloud, master, scope } = await openMoon()
  const plan = await finish(planOrder(request(), scope))
  const outcome = await finish(createNodes(plan, scope))
  expect(outcome.online.map(({ name }) => name).sort()).toEqual(['web-1', 'web-2', 'web-3'])
  expect(outcome).toMatchObject({ failed: [], open: false, interrupted: false })
  expect(cloud.called('create').map(({ batch }) => batch?.zone)).toEqual([
    'copernicus',
    'kepler',
    'tycho',
  ])
  expect(master.nodes.map(({ status }) => status)).toEqual(['online', 'online', 'online'])
  expect(listOrders(scope.orders)).toEqual([])
})
