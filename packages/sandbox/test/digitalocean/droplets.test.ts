import { describe, expect, test, vi } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { openSandbox, small } from './open.ts'

async function reaches(sandbox: Sandbox, state: string): Promise<void> {
  await vi.waitFor(() => {
    expect(sandbox.digitalocean.droplets().map((droplet) => droplet.state)).toEqual([state])
  }, 5000)
}

describe('a droplet', () => {
  test('is new and without addresses, then active with them', async () => {
    const { client, sandbox } = await openSandbox({ bootTime: 100 })
    const { data } = await client.droplet.createDroplet({ ...small, name: 'web-1' })
    expect(data.droplet).toMatchObject({ status: 'new', networks: { v4: [], v6: [] } })
    await reaches(sandbox, 'active')
    const now = await client.droplet.getDroplet({ droplet_id: data.droplet.id })
    expect(now.data.droplet).toMatchObject({ status: 'active', locked: false })
    expect(now.data.droplet.networks.v4.map(({ type }) => type)).toEqual(['private', 'public'])
  })
})
