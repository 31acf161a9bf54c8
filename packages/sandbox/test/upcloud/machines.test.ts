import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { makeServer, type Opened, openSandbox } from './open.ts'

/** Writes down what cloud-init would know. */
const user_data = `## template: jinja
#cloud-config
write_files:
  - path: /etc/known
    content: "{{ v1.instance_id }} {{ v1.local_hostname }} {{ v1.availability_zone }} {{ v1.cloud_name }} {{ ds.meta_data.local_hostname }} {{ ds.meta_data.public_keys[0] }} {{ ds.meta_data.network.interfaces[1].ip_addresses[0].address }}"
`

async function state({ sandbox }: Opened, expected: string): Promise<void> {
  await vi.waitFor(() => expect(sandbox.upcloud.servers()[0]?.state).toBe(expected), 5000)
}

describe('the machine of a server', () => {
  test('knows what its datasource tells it, and its name without the domain', async () => {
    const opened = await openSandbox()
    const uuid = await makeServer(opened, { hostname: 'web-1.example.com', user_data })
    const file = join(opened.sandbox.upcloud.servers()[0]?.root ?? '', 'etc/known')
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), 5000)
    expect(readFileSync(file, 'utf8')).toBe(
      `${uuid} web-1 fi-hel1 upcloud web-1.example.com ssh-ed25519 AAAA me 10.2.0.2`,
    )
  })
  test('goes with it', async () => {
    const opened = await openSandbox()
    const { call, sandbox } = opened
    const uuid = await makeServer(opened, { user_data })
    const root = sandbox.upcloud.servers()[0]?.root ?? ''
    await vi.waitFor(() => {
      expect(sandbox.upcloud.servers()[0]?.console).toContain('wrote 1 files')
    }, 5000)
    await call('POST', `server/${uuid}/stop`, { stop_server: { stop_type: 'hard' } })
    await state(opened, 'stopped')
    await call('DELETE', `server/${uuid}/?storages=1`)
    await vi.waitFor(() => expect(existsSync(root)).toBe(false), 5000)
  })
  test('does not boot when its server is stopped first, and boots when it is started', async () => {
    const opened = await openSandbox({ bootTime: 300 })
    const { call, sandbox } = opened
    const uuid = await makeServer(opened, { user_data })
    await state(opened, 'started')
    await call('POST', `server/${uuid}/stop`, { stop_server: { stop_type: 'hard' } })
    await state(opened, 'stopped')
    expect(sandbox.upcloud.servers()[0]?.console).toBe('')
    await call('POST', `server/${uuid}/start`)
    await vi.waitFor(() => {
      expect(sandbox.upcloud.servers()[0]?.console).toContain('wrote 1 files')
    }, 5000)
  })
  test('prints what a fault says and nothing else', async () => {
    const opened = await openSandbox()
    opened.sandbox.faults.add({ kind: 'boot-console', text: 'Kernel panic\n', zone: 'fi-hel1' })
    await makeServer(opened, { user_data })
    await vi.waitFor(() => {
      expect(opened.sandbox.upcloud.servers()[0]?.console).toBe('Kernel panic\n')
    })
  })
})
