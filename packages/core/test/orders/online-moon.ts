import { createNodes } from '../../src/orders/create-nodes.ts'
import { type OrderRequest, planOrder } from '../../src/orders/plan.ts'
import type { FakeCloudOptions } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, request } from '../moon.ts'

/** A moon whose nodes are online, and whose calls are counted from now on. */
export async function openOnline(
  changes: Partial<OrderRequest> = {},
  options: FakeCloudOptions = {},
): Promise<Moon> {
  const moon = await openMoon(options)
  await finish(createNodes(await finish(planOrder(request(changes), moon.scope)), moon.scope))
  moon.cloud.calls.length = 0
  moon.master.calls.length = 0
  moon.events.length = 0
  return moon
}
