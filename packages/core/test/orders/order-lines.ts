import { hostname } from 'node:os'
import type { ClaimRecord, OrderRecord } from '../../src/orders/order-record.ts'
import { owner } from '../moon.ts'

/** The first line of a journal, as tests of single files need it. */
export function orderRecord(changes: Partial<OrderRecord> = {}): OrderRecord {
  return {
    type: 'order',
    version: 1,
    kind: 'create',
    id: '01JABCDEFGHJKMNPQRSTVWXYZ0',
    at: Date.now(),
    provider: 'moon',
    account: { id: 'acme', region: 'moon' },
    master: { uuid: owner.master, url: 'https://master.example' },
    grid: owner.grid,
    timeout: 600_000,
    nodes: [{ name: 'web-1' }],
    ...changes,
  }
}

export function claimRecord(changes: Partial<ClaimRecord> = {}): ClaimRecord {
  return {
    type: 'claim',
    at: Date.now(),
    after: null,
    socket: '/nowhere/a.sock',
    host: hostname(),
    pid: 1,
    ...changes,
  }
}
