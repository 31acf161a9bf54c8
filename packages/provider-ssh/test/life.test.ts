import { describe, expect, it, vi } from 'vitest'
import { batch, call, openLaptopThatKnows, order, owner } from './session.ts'
import { openTestHost } from './test-host.ts'

describe('a host', () => {
  it('becomes a node by one connection, and is given back as it was', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    const found = await session.preflight(order(), call)
    expect(found.facts.host).toBe(
      `127.0.0.1:${host.port}, Debian GNU/Linux 12 on x86_64, 2030 MB, Docker to be installed`,
    )
    const { machines } = await session.create(batch(), call)
    const [machine] = machines
    const id = machine?.id ?? ''
    expect(machine).toMatchObject({ name: 'web', state: 'pending', order: '01ORDER', owner })
    expect(id).toMatch(new RegExp(`^127\\.0\\.0\\.1:${host.port}/[0-9a-f]{8}-[0-9a-f]{8}$`))
    await vi.waitFor(async () => expect(await host.read('made')).toBe(''))
    await vi.waitFor(async () => {
      const [seen] = await session.find({ ids: [id] }, call)
      expect(seen).toMatchObject({ id, state: 'running', token: '01ORDER-0' })
    })
    expect(await session.consoleLog?.(id, call)).toBe('made')
    await session.terminate([id], call)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
    expect(host.connections()).toBe(1)
  })
})
