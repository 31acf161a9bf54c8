import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openSandbox, publicKey, small } from './open.ts'

/** Writes down what cloud-init would know. */
const userData = `## template: jinja
#cloud-config
write_files:
  - path: /etc/known
    content: "{{ v1.instance_id }} {{ v1.local_hostname }} {{ v1.availability_zone }} {{ v1.cloud_name }} {{ ds.meta_data.instance_id }} {{ ds.meta_data.interfaces.private[0].ipv4.ip_address }} {{ ds.meta_data.public_keys[0] }}"
`

describe('the machine of a droplet', () => {
  test('knows what its datasource tells it, and its name without the domain', async () => {
    const { client, sandbox } = await openSandbox()
    const key = await client.sshKey.createSshKey({ name: 'me', public_key: publicKey })
    const wish = { ...small, name: 'web-1.example.com', ssh_keys: [key.data.ssh_key.id] }
    const { data } = await client.droplet.createDroplet({ ...wish, user_data: userData })
    const { id } = data.droplet
    const file = join(sandbox.digitalocean.droplets()[0]?.root ?? '', 'etc/known')
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), 5000)
    expect(readFileSync(file, 'utf8')).toBe(
      `${id} web-1 fra1 digitalocean ${id} 10.114.0.2 ${publicKey}`,
    )
  })
  test('goes with it', async () => {
    const { client, sandbox } = await openSandbox({ bootTime: 40 })
    const wish = { ...small, name: 'web-1', user_data: userData }
    const { id } = (await client.droplet.createDroplet(wish)).data.droplet
    const root = sandbox.digitalocean.droplets()[0]?.root ?? ''
    await vi.waitFor(() => {
      expect(sandbox.digitalocean.droplets()[0]?.console).toContain('wrote 1 files')
    }, 5000)
    await client.droplet.deleteDroplet({ droplet_id: id })
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), 5000)
  })
  test('never boots when its droplet is deleted first', async () => {
    const { client, sandbox } = await openSandbox({ bootTime: 300 })
    const wish = { ...small, name: 'web-1', user_data: userData }
    const { id } = (await client.droplet.createDroplet(wish)).data.droplet
    sandbox.faults.add({ kind: 'slow-terminate', delay: 400 })
    await vi.waitFor(() => expect(sandbox.digitalocean.droplets()[0]?.state).toBe('active'))
    await client.droplet.deleteDroplet({ droplet_id: id })
    let console = ''
    await vi.waitFor(() => {
      console += sandbox.digitalocean.droplets()[0]?.console ?? ''
      expect(sandbox.digitalocean.droplets()).toEqual([])
    }, 5000)
    expect(console).toBe('')
  })
  test('prints what a fault says and nothing else', async () => {
    const { client, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'boot-console', text: 'Kernel panic\n', zone: 'fra1' })
    await client.droplet.createDroplet({ ...small, name: 'web-1', user_data: userData })
    await vi.waitFor(() => {
      expect(sandbox.digitalocean.droplets()[0]?.console).toBe('Kernel panic\n')
    })
  })
  test('that fails to start takes its droplet along, and only the action tells', async () => {
    const { client, sandbox, call } = await openSandbox()
    sandbox.faults.add({ kind: 'boot-failure', times: 1 })
    const names = ['web-1', 'web-2']
    const { data } = await client.droplet.createDroplets({ ...small, names })
    await vi.waitFor(() => {
      const left = sandbox.digitalocean.droplets().map(({ name, state }) => [name, state])
      expect(left).toEqual([['web-2', 'active']])
    })
    const [link] = z
      .object({ actions: z.array(z.object({ id: z.number() })) })
      .parse(Reflect.get(data, 'links')).actions
    expect((await call('GET', `actions/${link?.id}`)).body).toMatchObject({
      action: { status: 'errored', resource_id: data.droplets[0]?.id },
    })
  })
})
