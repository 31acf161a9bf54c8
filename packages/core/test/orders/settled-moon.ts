import fs from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { OrderRecord } from '../../src/orders/order-record.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { finish, type Moon } from '../moon.ts'
import { orderRecord } from './order-lines.ts'

export async function settle(moon: Moon): Promise<void> {
  await finish(settleOrders(await moon.nextCommand()))
}

export function told({ events }: Moon): string[] {
  return events.flatMap((event) => {
    if (event.type === 'settled') return `settled: ${event.outcome}`
    return event.type === 'open-order' ? `open: ${event.reason}` : []
  })
}

export function expectSettled({ cloud, master, scope }: Moon): void {
  expect(cloud.alive()).toEqual([])
  expect(master.nodes.map(({ name }) => name)).toEqual([])
  expect(cloud.isPrepared).toBe(false)
  expect(fs.readdirSync(scope.orders)).toEqual([])
}

export function writeOrder(
  moon: Moon,
  changes: Partial<OrderRecord> = {},
  ...lines: unknown[]
): void {
  fs.mkdirSync(moon.scope.orders, { recursive: true })
  const record = orderRecord(changes)
  const text = [record, ...lines].map((line) => JSON.stringify(line)).join('\n')
  fs.writeFileSync(join(moon.scope.orders, `${record.id}.jsonl`), text)
}
