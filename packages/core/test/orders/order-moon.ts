import { expect } from 'vitest'
import { createNodes, type Outcome } from '../../src/orders/create-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { type OrderRequest, type Plan, planOrder } from '../../src/orders/plan.ts'
import type { FakeCloudOptions } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, request } from '../moon.ts'

export interface Order extends Moon {
  readonly plan: Plan
  create(): Promise<Outcome>
}

export async function openOrder(
  changes: Partial<OrderRequest> = {},
  options: FakeCloudOptions = {},
): Promise<Order> {
  const moon = await openMoon(options)
  const plan = await finish(planOrder(request(changes), moon.scope))
  moon.master.calls.length = 0
  moon.cloud.calls.length = 0
  return { ...moon, plan, create: () => createNodes(plan, moon.scope) }
}

export function names(nodes: readonly { name: string }[]): string[] {
  return nodes.map(({ name }) => name).sort()
}

export function steps({ events }: Moon): string[] {
  return events.flatMap((event) => (event.type === 'step' ? event.step : []))
}

export function warnings({ events }: Moon): string[] {
  return events.flatMap((event) => (event.type === 'warning' ? event.message : []))
}

/** Neither machine nor record, firewall, secret or journal is there. */
export function expectNothingLeft({ cloud, master, scope }: Moon): void {
  expect(cloud.alive()).toEqual([])
  expect(names(master.nodes)).toEqual([])
  expect(cloud.isPrepared).toBe(false)
  expect(master.enrolments.every(({ ended }) => ended)).toBe(true)
  expect(listOrders(scope.orders)).toEqual([])
}
