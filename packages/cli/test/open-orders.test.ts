import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openContext } from '../src/context.ts'
import { mentionOpenOrders } from '../src/open-orders.ts'
import { fakeIo } from './fake-io.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-orders-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function mention(): Promise<string> {
  const io = fakeIo({ userHome: folder })
  await mentionOpenOrders(openContext(io))
  expect(io.stdout.text).toBe('')
  return io.stderr.text
}

/** The first line of a journal whose command died before it did anything. */
async function leaveOrder(id: string): Promise<void> {
  const order = {
    type: 'order',
    version: 1,
    kind: 'create',
    id,
    at: 0,
    provider: 'aws',
    account: { id: '123', region: 'eu-west-1' },
    master: { uuid: 'u', url: 'http://127.0.0.1' },
    grid: 'prod',
    timeout: 600_000,
    nodes: [{ name: 'web-1' }],
  }
  await mkdir(join(folder, '.kontena', 'orders'), { recursive: true })
  await writeFile(join(folder, '.kontena', 'orders', `${id}.jsonl`), `${JSON.stringify(order)}\n`)
}

describe('mentionOpenOrders', () => {
  it('says nothing where no order was ever made', async () => {
    expect(await mention()).toBe('')
  })

  it('names the order and the command that settles it', async () => {
    await leaveOrder('01JZZZZZZZZZZZZZZZZZZZZZZ1')
    expect(await mention()).toBe(
      ' [warn] Order 01JZZZZZZZZZZZZZZZZZZZZZZ1 is open: machines may be left behind\n' +
        'hint: kontena aws node list --grid prod\n',
    )
  })

  it('counts several in one line', async () => {
    await leaveOrder('01JZZZZZZZZZZZZZZZZZZZZZZ1')
    await leaveOrder('01JZZZZZZZZZZZZZZZZZZZZZZ2')
    expect(await mention()).toContain('[warn] 2 orders are open')
  })
})
