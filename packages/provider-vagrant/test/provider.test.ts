import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  becomes,
  call,
  gone,
  loadProvider,
  make,
  openWorkbench,
  orderFor,
  owner,
} from './workbench.ts'

beforeAll(loadProvider)

describe('a machine', () => {
  it('is pending while Vagrant boots it, runs while it is set up, and stays after that', async () => {
    const bench = openWorkbench()
    const boot = bench.hold('boot')
    const setup = bench.hold('setup')
    const session = bench.open()

    const made = await make(session, 'web-1')
    expect(made).toMatchObject({ state: 'pending', name: 'web-1', zone: 'local', owner })
    await becomes(session, made.id, 'pending')
    boot()
    await becomes(session, made.id, 'running')
    setup()
    await becomes(session, made.id, 'running')

    expect(bench.vms()).toEqual(['running'])
    expect(bench.calls()).toContain(
      'up --no-destroy-on-error --no-install-provider --provider libvirt',
    )
  })

  it('is gone with its VM and its folder', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')

    await gone(session, id)

    expect(bench.vms()).toEqual([])
    expect(existsSync(bench.machineFolder('web-1'))).toBe(false)
    await session.terminate([id], call)
  })

  it('has a folder and files that nobody else reads', async () => {
    const bench = openWorkbench()
    await make(bench.open(), 'web-1')

    const folder = bench.machineFolder('web-1')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const file of ['Vagrantfile', 'user-data', 'meta-data', 'machine.json', 'start.json']) {
      expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600])
    }
    expect(readFileSync(join(folder, 'user-data'), 'utf8')).toBe('#cloud-config\n# a secret\n')
  })

  it('keeps the tags of its user, which Vagrant has no place for', async () => {
    const bench = openWorkbench()
    await make(bench.open(), 'web-1', { tags: { team: 'shop' } })

    const record = readFileSync(join(bench.machineFolder('web-1'), 'machine.json'), 'utf8')
    expect(JSON.parse(record)).toMatchObject({ name: 'web-1', tags: { team: 'shop' } })
  })

  it('is told in the plan', async () => {
    const bench = openWorkbench()

    const { facts, sharedCalls } = await bench.open().preflight(orderFor(), call)

    expect(facts).toEqual({
      vagrant: '2.3.4 with libvirt',
      box: 'cloud-image/ubuntu-24.04, to be fetched first',
      machine: '2048 MiB, 1 CPU',
      network: 'host-only, from 192.168.56.10 on',
    })
    expect(sharedCalls).toEqual(['vagrant box add cloud-image/ubuntu-24.04'])
  })
})
