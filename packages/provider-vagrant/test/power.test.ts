import { beforeAll, describe, expect, it } from 'vitest'
import { becomes, call, gone, loadProvider, make, openWorkbench } from './workbench.ts'

beforeAll(loadProvider)

type Bench = ReturnType<typeof openWorkbench>

async function running(bench: Bench, ...names: string[]) {
  const session = bench.open()
  const ids: string[] = []
  for (const name of names) ids.push((await make(session, name)).id)
  for (const name of names) await bench.upEnded(name)
  return { session, ids }
}

const statesOf = async ({ session, ids }: Awaited<ReturnType<typeof running>>) =>
  (await session.find({ ids }, call)).map(({ state }) => state)

describe('machines', () => {
  it('stop and start, several at a time, and are set up once', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1', 'web-2')

    await session.stop?.(ids, call)
    expect(await statesOf({ session, ids })).toEqual(['stopped', 'stopped'])
    await session.stop?.(ids, call)
    await session.start?.(ids, call)
    expect(await statesOf({ session, ids })).toEqual(['running', 'running'])
    await session.start?.(ids, call)

    expect(new Set(bench.calls().filter((line) => line.startsWith('up')))).toEqual(
      new Set([
        'up --no-destroy-on-error --no-install-provider --provider libvirt',
        'up --no-provision --no-destroy-on-error',
      ]),
    )
  })

  it('restart without being set up again', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')

    await session.restart?.(ids, call)

    expect(bench.calls().at(-1)).toBe('reload --no-provision')
    expect(await statesOf({ session, ids })).toEqual(['running'])
  })

  it.each(['poweroff', 'shutoff', 'aborted', 'saved', 'paused'])(
    'are stopped where their provider says %s',
    async (off) => {
      const bench = openWorkbench()
      bench.behave({ off })
      const { session, ids } = await running(bench, 'web-1')

      await session.stop?.(ids, call)

      expect(await session.find({ ids }, call)).toMatchObject([
        { state: 'stopped', reason: `Vagrant says ${off}` },
      ])
    },
  )

  it('that were taken away by hand have failed, and can still be terminated', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')
    await session.restart?.(ids, call)
    bench.meddle(undefined)

    expect(await session.find({ ids }, call)).toMatchObject([
      { state: 'failed', reason: 'its VM is gone: somebody took it away without kontena' },
    ])
    for (const id of ids) await gone(session, id)
  })

  it('that are not here are named', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')

    await expect(session.stop?.([...ids, 'vm-elsewhere'], call)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'there is no machine vm-elsewhere on this computer',
    })
    expect(bench.calls()).not.toContain('halt')
  })

  it('are busy while another Vagrant is at them', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')
    const name = 'Vagrant::Errors::MachineActionLockedError'
    bench.behave({ failures: { halt: { name, message: 'An action was attempted.' } } })

    await expect(session.stop?.(ids, call)).rejects.toMatchObject({
      code: 'BUSY',
      message: 'stop web-1: An action was attempted',
    })
  })

  it('cannot be told of while libvirt does not run, which says so', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')
    await session.stop?.(ids, call)
    const name = 'VagrantPlugins::ProviderLibvirt::Errors::FogLibvirtConnectionError'
    const message = 'Error while connecting to Libvirt: Failed to connect socket'
    bench.behave({ failures: { status: { name, message } } })

    await expect(session.find({ ids }, call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `look at web-1: ${message}`,
      hint: 'start libvirt with: sudo systemctl start libvirtd',
    })
  })

  it('are asked about once in a while, and anew after each change', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')
    const asked = () => bench.calls().filter((line) => line === 'status').length

    await session.restart?.(ids, call)
    for (const _ of [1, 2, 3]) expect(await statesOf({ session, ids })).toEqual(['running'])
    expect(asked()).toBe(1)
    await session.stop?.(ids, call)
    expect(await statesOf({ session, ids })).toEqual(['stopped'])
    expect(asked()).toBe(2)
  })

  it('are asked about by their log, and not by Vagrant, while they have just been made', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')

    await statesOf({ session, ids })
    await expect.poll(() => bench.vms()).toEqual(['running'])

    expect(bench.calls()).not.toContain('status')
  })
})

describe('a vagrant up', () => {
  it('that is still at work holds off whoever would stop its machine', async () => {
    const bench = openWorkbench()
    const goOn = bench.hold('setup')
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')

    await expect(session.stop?.([id], call)).rejects.toMatchObject({
      code: 'BUSY',
      message: 'vagrant is still starting web-1',
    })
    goOn()
    await bench.upEnded('web-1')
    await session.stop?.([id], call)
  })

  it('that does not end when it is told to is ended all the same', async () => {
    const bench = openWorkbench()
    bench.behave({ stubborn: true })
    bench.hold('create')
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await expect.poll(() => bench.calls().at(-1)).toMatch(/^up/)

    await expect(session.terminate([id], call)).rejects.toMatchObject({
      code: 'BUSY',
      message: 'vagrant is still starting web-1, and was told to end',
    })
    await gone(session, id)
  })

  it('that failed leaves its reason, what it said, and the machine to look at', async () => {
    const bench = openWorkbench()
    const said = ['kontena: installing Docker', 'kontena: failed: /opt/kontena/install-docker']
    const message = 'The SSH command responded with a non-zero exit status.'
    bench.behave({ failures: { up: { name: 'Vagrant::Errors::VagrantError', message, said } } })
    const session = bench.open()
    const { id } = await make(session, 'web-1')

    const machine = await becomes(session, id, 'failed')

    expect(machine?.reason).toBe('failed: /opt/kontena/install-docker')
    expect(await session.consoleLog?.(id, call)).toContain(said.join('\n'))
    expect(bench.vms()).toEqual(['running'])
    await gone(session, id)
  })
})

describe('the way in', () => {
  it('is Vagrant’s own', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')

    expect(await session.login?.(ids[0] ?? '', call)).toEqual({
      address: '192.168.121.7',
      port: 22,
      user: 'vagrant',
      identityFile: `${bench.machineFolder('web-1')}/.vagrant/private key`,
    })
    await expect(session.login?.('vm-none', call)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is closed while the machine is off', async () => {
    const bench = openWorkbench()
    const { session, ids } = await running(bench, 'web-1')
    bench.behave({
      failures: {
        'ssh-config': {
          name: 'Vagrant::Errors::SSHNotReady',
          message:
            'The provider for this Vagrant-managed machine is reporting that it\nis not yet ready for SSH.',
        },
      },
    })

    await expect(session.login?.(ids[0] ?? '', call)).rejects.toMatchObject({
      message: expect.stringContaining('find the way to web-1: The provider for this'),
    })
  })
})

describe('this computer', () => {
  it('keeps its name, and has a region for each grid', async () => {
    const bench = openWorkbench()
    const account = await bench.open().account(call)

    expect(account).toEqual({
      id: expect.stringMatching(/^computer-[0-9a-f]{16}$/),
      region: 'demo-local',
      local: false,
    })
    expect(await bench.open().account(call)).toEqual(account)
    expect(await bench.open({}, 'home').account(call)).toMatchObject({ region: 'home' })
  })

  it('has the zone that was asked for', async () => {
    const bench = openWorkbench()

    expect(await bench.open().zones(call)).toEqual([{ name: 'local' }])
    expect(await bench.open({ az: 'rack-1' }).zones(call)).toEqual([{ name: 'rack-1' }])
  })
})
