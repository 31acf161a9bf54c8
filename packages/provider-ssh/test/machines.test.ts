import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isFailure } from '@kontena/core'
import { describe, expect, it, vi } from 'vitest'
import { batch, call, openLaptop, openLaptopThatKnows, owner } from './session.ts'
import { openTestHost, type TestHost } from './test-host.ts'

/** A host that became a node, or is about to. */
async function openNode(script?: string) {
  const host = await openTestHost()
  const laptop = await openLaptopThatKnows(host)
  const session = await laptop.open({ hosts: [host] })
  const { machines } = await session.create(batch({}, script), call)
  const id = machines[0]?.id ?? ''
  return { host, laptop, session, id }
}

async function ended(host: TestHost): Promise<void> {
  await vi.waitFor(
    async () => expect(await host.read('var/lib/kontena-ssh/ended')).toBeDefined(),
    10_000,
  )
}

describe('a machine', () => {
  it('has failed with the last words of its bootstrap', async () => {
    const { host, session, id } = await openNode(
      'echo "kontena: the master refuses web"; echo "kontena: failed: /opt/kontena/enrol"; exit 1',
    )
    await ended(host)
    expect(await session.find({ ids: [id] }, call)).toMatchObject([
      { id, state: 'failed', reason: 'the master refuses web' },
    ])
    expect(await session.consoleLog?.(id, call)).toContain('failed: /opt/kontena/enrol')
  })

  it('has failed where its host was restarted in the middle', async () => {
    const { host, session, id } = await openNode('sleep 60')
    expect(await session.find({ ids: [id] }, call)).toMatchObject([{ state: 'running' }])
    await host.remove('fake/kontena-bootstrap.active')
    expect(await session.find({ ids: [id] }, call)).toMatchObject([
      { state: 'failed', reason: 'the host was restarted in the middle of its bootstrap' },
    ])
  })

  it('is pending while it is claimed and nothing runs', async () => {
    const { host, session, id } = await openNode()
    await ended(host)
    await host.remove('var/lib/kontena-ssh/ended')
    await host.remove('var/lib/kontena-ssh/started')
    expect(await session.find({ ids: [id] }, call)).toMatchObject([{ state: 'pending' }])
  })

  it('is found by its id alone, from a computer that never saw it', async () => {
    const { host, id } = await openNode()
    const other = await openLaptopThatKnows(host)
    const session = await other.open({ hosts: [host], access: { user: 'root' } })
    expect(await session.find({ owner }, call)).toEqual([])
    expect(await session.find({ ids: [id] }, call)).toMatchObject([{ id, name: 'web', owner }])
    await session.terminate([id], call)
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
  })

  it('is reached again as it was, without typing it again', async () => {
    const host = await openTestHost()
    const laptop = await openLaptop()
    const known = await laptop.open({ hosts: [host] })
    const given = { host: [host.target] }
    const [offer] = (await known.choices?.({ option: 'hostKey', given }, call)) ?? []
    const first = await laptop.open({ hosts: [host], access: { hostKey: [offer?.value] } })
    const { machines } = await first.create(batch(), call)
    const later = await laptop.open({})
    const id = machines[0]?.id ?? ''
    expect(await later.find({ owner }, call)).toMatchObject([{ id }])
    expect(await later.login?.(id, call)).toEqual({
      ...{ address: '127.0.0.1', port: host.port, user: 'root' },
      ...{ identityFile: `${laptop.home}/.ssh/key`, jump: undefined },
    })
    await later.terminate([id], call)
    expect(await later.find({ ids: [id] }, call)).toEqual([])
  })

  it('shows in a list as stopped where its host does not answer, and is never gone for that', async () => {
    const { host, laptop, id } = await openNode()
    await host.close()
    const later = await laptop.open({})
    expect(await later.find({ owner }, call)).toMatchObject([
      {
        id,
        name: 'web',
        state: 'stopped',
        reason: expect.stringContaining('refuses the connection'),
      },
    ])
    await expect(later.find({ ids: [id] }, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is remembered while its claim may yet be made, and no longer', async () => {
    const { host, laptop, id } = await openNode()
    await ended(host)
    await host.remove('var/lib/kontena-ssh/claim')
    const session = await laptop.open({})
    const [file = ''] = readdirSync(join(laptop.folder, 'hosts'))
    expect(await session.find({ owner }, call)).toEqual([])
    expect(readdirSync(join(laptop.folder, 'hosts'))).toEqual([file])
    vi.setSystemTime(Date.now() + 2 * 3_600_000)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
    expect(readdirSync(join(laptop.folder, 'hosts'))).toEqual([])
    vi.useRealTimers()
  })

  it('is restarted with its host, a second after the answer', async () => {
    const { host, session, id } = await openNode()
    await session.restart?.([id], call)
    expect(await host.read('fake/calls')).toContain('systemctl reboot')
    await session.terminate([id], call)
    await expect(session.restart?.([id], call)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('of another id is nobody, whatever the id looks like', async () => {
    const { session } = await openNode()
    expect(await session.find({ ids: ['i-0123', '', '../x', 'a:b/c-d'] }, call)).toEqual([])
    await expect(session.terminate(['i-0123'], call)).resolves.toBeUndefined()
    await expect(session.login?.('i-0123', call)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('terminate', () => {
  it('ends a bootstrap that runs, and mends the packages it was at', async () => {
    const { host, session, id } = await openNode('sleep 60')
    await host.write('etc/kontena/master', 'https://master.example.com\n')
    await host.write('etc/kontena-agent.env', 'KONTENA_NODE_TOKEN=sesame\n')
    await session.terminate([id], call)
    expect(await host.read('fake/calls')).toMatch(/^stop kontena-bootstrap\ndpkg --configure -a$/m)
    for (const path of [
      'etc/kontena/master',
      'etc/kontena-agent.env',
      'var/lib/kontena-ssh/claim',
    ]) {
      expect(await host.read(path), path).toBeUndefined()
    }
  })

  it('may be repeated, also for what is gone', async () => {
    const { session, id, laptop } = await openNode()
    await session.terminate([id], call)
    await session.terminate([id], call)
    expect(await (await laptop.open({})).find({ owner }, call)).toEqual([])
  })

  it('of two commands at once is done once, and is no error to the other', async () => {
    const { host, session, id, laptop } = await openNode()
    await ended(host)
    const other = await laptop.open({ hosts: [host] })
    await Promise.all([session.terminate([id], call), other.terminate([id], call)])
    await vi.waitFor(async () => expect(await other.find({ ids: [id] }, call)).toEqual([]), 10_000)
  })

  it('is on its way while another command takes the node off', async () => {
    const { host, session, id } = await openNode()
    await ended(host)
    await host.fake('kontena-remove.active', '1')
    expect(await session.find({ ids: [id] }, call)).toMatchObject([{ state: 'going' }])
    await session.terminate([id], call)
    expect(await host.read('fake/calls')).not.toContain('run kontena-remove')
  })

  it('goes on where the connection was cut in the middle', async () => {
    const { host, session, id } = await openNode()
    const work = session.terminate([id], call)
    await vi.waitFor(() => expect(host.commands.length).toBeGreaterThan(2))
    host.cutNext('after')
    await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await session.terminate([id], call)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
  })

  it('leaves the node of another order alone that is there by now', async () => {
    const { host, session, id } = await openNode()
    await session.terminate([id], call)
    const made = await session.create(batch({ order: '01NEXT', token: '01NEXT-0' }), call)
    await session.terminate([id], call)
    expect(await host.read('var/lib/kontena-ssh/claim')).toContain(made.machines[0]?.id)
  })

  it('says what could not be removed, keeps the claim, and finishes when it is repeated', async () => {
    const { host, session, id } = await openNode()
    await ended(host)
    await host.write('etc/systemd/system/kontena-agent.service', '')
    await host.program(
      'systemctl',
      'if [ "$1" = is-active ]; then echo inactive; exit 3; fi; exit 1',
    )
    const error: unknown = await session.terminate([id], call).catch((reason: unknown) => reason)
    expect(isFailure(error, 'MACHINE_FAILED')).toBe(true)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `^127\\.0\\.0\\.1:${host.port} could not remove the node: kontena: the node is not all gone`,
        ),
      ),
    })
    expect(await session.find({ ids: [id] }, call)).toHaveLength(1)
    await host.program('systemctl', 'if [ "$1" = is-active ]; then echo inactive; exit 3; fi')
    await session.terminate([id], call)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
  })

  it('takes the others down though one host does not answer, and names that one', async () => {
    const { host, laptop, session, id } = await openNode()
    const gone = await openNode()
    await gone.host.close()
    await laptop.know(`[127.0.0.1]:${host.port} ${host.hostKey.public}`)
    await expect(session.terminate([gone.id, id], call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`127.0.0.1:${gone.host.port} refuses the connection`),
      hint: expect.stringContaining('where the host is gone for good, repeat with --forget'),
    })
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
  })

  it('says what to do about a host that is gone on a computer that never saw it, too', async () => {
    const { host, id } = await openNode()
    const other = await openLaptopThatKnows(host)
    await host.close()
    const session = await other.open({ hosts: [host], access: { user: 'root' } })
    await expect(session.find({ ids: [id] }, call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      hint: expect.stringContaining('where the host is gone for good, repeat with --forget'),
    })
  })

  it('forgets hosts that do not answer where it is told to', async () => {
    const { host, laptop, id } = await openNode()
    await host.close()
    const session = await laptop.open({ access: { forget: true } })
    await session.terminate([id], call)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
    expect(await (await laptop.open({})).find({ owner }, call)).toEqual([])
  })

  it('never takes another host at the same address for one that is gone', async () => {
    const { host, laptop, session, id } = await openNode()
    await host.write('etc/machine-id', 'f'.repeat(32))
    const wrong = { code: 'WRONG_ACCOUNT', message: expect.stringContaining('is another host now') }
    await expect(session.terminate([id], call)).rejects.toMatchObject(wrong)
    await expect(session.find({ ids: [id] }, call)).rejects.toMatchObject(wrong)
    const forgetful = await laptop.open({ access: { forget: true } })
    await expect(forgetful.find({ ids: [id] }, call)).resolves.toEqual([])
  })
})
