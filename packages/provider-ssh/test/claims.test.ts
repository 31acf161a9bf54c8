import { isFailure } from '@kontena/core'
import { describe, expect, it, vi } from 'vitest'
import { batch, call, openLaptopThatKnows, owner } from './session.ts'
import { openTestHost, type TestHost } from './test-host.ts'

async function open(host: TestHost) {
  const laptop = await openLaptopThatKnows(host)
  const again = () => laptop.open({ hosts: [host] })
  return { laptop, again, session: await again() }
}

function starts(host: TestHost): Promise<number> {
  return host
    .read('fake/calls')
    .then((calls) => (calls?.match(/^run kontena-bootstrap /gm) ?? []).length)
}

describe('a create', () => {
  it('made twice with the same token makes one machine, also by another command', async () => {
    const host = await openTestHost()
    const { session, again } = await open(host)
    const first = await session.create(batch(), call)
    const second = await session.create(batch(), call)
    const third = await (await again()).create(batch(), call)
    expect([second, third]).toEqual([first, first])
    expect(await starts(host)).toBe(1)
  })

  it('of two orders at once on one host makes one machine, and names it to the other', async () => {
    const host = await openTestHost()
    const { session, again } = await open(host)
    const other = await again()
    const ends = await Promise.allSettled([
      session.create(batch(), call),
      other.create(batch({ order: '01OTHER', token: '01OTHER-0', names: ['db'] }), call),
    ])
    const failed = ends.flatMap((end) => (end.status === 'rejected' ? end.reason : []))
    expect(failed).toHaveLength(1)
    expect(failed[0]).toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringMatching(/is a node already: (web|db) of grid blue \(order 01\w+\)$/),
      hint: expect.stringMatching(/kontena ssh node terminate (web|db) --grid blue;/),
    })
    expect(await starts(host)).toBe(1)
    const left = await session.find({ owner }, call)
    expect(left).toHaveLength(1)
  })

  it('gives each node the host of its place, and a repeat the same one', async () => {
    const hosts = [await openTestHost(), await openTestHost()]
    const [first, second] = hosts
    const laptop = await openLaptopThatKnows(...hosts)
    const access = { key: await laptop.keyFile(first?.key ?? '') }
    const sameKey = await openTestHost({ ...(first && { key: first.keyPair }) })
    await laptop.know(
      ...[first, sameKey].flatMap((host) =>
        host ? [`[127.0.0.1]:${host.port} ${host.hostKey.public}`] : [],
      ),
    )
    const machine = { host: [first?.target ?? '', sameKey.target] }
    const session = await laptop.open({ access, machine })
    const make = (name: string) =>
      session.create(batch({ names: [name], token: `t-${name}` }), call)
    const made = await Promise.all([make('web-1'), make('web-2')])
    const again = await make('web-2')
    expect(made.map(({ machines }) => machines[0]?.id.split('/')[0])).toEqual([
      `127.0.0.1:${first?.port}`,
      `127.0.0.1:${sameKey.port}`,
    ])
    expect(again).toEqual(made[1])
    await expect(make('web-3')).rejects.toMatchObject({ code: 'NO_CAPACITY' })
    expect(await starts(second ?? sameKey)).toBe(0)
  })

  it('takes nothing back from a bootstrap that runs, though its start cannot be noted', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    await host.write('var/lib/kontena-ssh/started/in-the-way', '')
    const script = 'sleep 0.3; : > "$KONTENA_ROOT/made"'
    await session.create(batch({}, script), call)
    expect(await host.read('var/lib/kontena-ssh/claim')).toContain('"order":"01ORDER"')
    await vi.waitFor(async () => expect(await host.read('made')).toBe(''))
  })

  it('tells the bootstrap its id, and leaves no secret behind', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    const script = 'echo "$KONTENA_MACHINE_ID" > "$KONTENA_ROOT/id" # sesame'
    const { machines } = await session.create(batch({}, script), call)
    await vi.waitFor(async () => expect(await host.read('var/lib/kontena-ssh/ended')).toBe('0\n'))
    expect(await host.read('id')).toBe(`${machines[0]?.id}\n`)
    expect(await host.read('var/lib/kontena-ssh/bootstrap')).toBeUndefined()
    expect(host.commands.join()).not.toContain('sesame')
    expect(await host.read('fake/calls')).not.toContain('sesame')
  })

  it('carries what shells could read out of user data to the byte', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    const script = `cat > "$KONTENA_ROOT/odd" << 'X'\n\\ \` $(id) 'q' "q" é \\n END_OF_PAYLOAD\nEND_OF_PAYLOAD\nX\n`
    await session.create(batch({ tags: { note: "it's $(id) `x`" } }, script), call)
    await vi.waitFor(async () =>
      expect(await host.read('odd')).toBe(
        '\\ ` $(id) \'q\' "q" é \\n END_OF_PAYLOAD\nEND_OF_PAYLOAD\n',
      ),
    )
    const claim: unknown = JSON.parse((await host.read('var/lib/kontena-ssh/claim')) ?? '')
    expect(claim).toMatchObject({ tags: { note: "it's $(id) `x`" } })
  })

  it.each([
    ['before anything ran', 'before', 0],
    ['before its answer came', 'after', 1],
  ] as const)('whose connection is cut %s goes on when it is repeated', async (_when, cut, ran) => {
    const host = await openTestHost()
    const { session } = await open(host)
    // The first command looks at the host.
    await session.find({ ids: [] }, call)
    const look = session.create(batch(), call)
    await vi.waitFor(() => expect(host.commands).toHaveLength(1))
    host.cutNext(cut)
    await expect(look).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `127.0.0.1:${host.port} closed the connection in the middle`,
    })
    await vi.waitFor(async () => expect(await starts(host)).toBe(ran))
    const { machines } = await session.create(batch(), call)
    expect(machines[0]).toMatchObject({ name: 'web', token: '01ORDER-0' })
    expect(await starts(host)).toBe(1)
  })

  it('that was cut off is found by the next command, by its owner and order', async () => {
    const host = await openTestHost()
    const { session, again } = await open(host)
    const work = session.create(batch(), call).catch(() => undefined)
    await vi.waitFor(() => expect(host.commands).toHaveLength(1))
    host.cutNext('after')
    await work
    const next = await again()
    expect(await next.find({ owner, order: '01ORDER' }, call)).toMatchObject([
      { name: 'web', order: '01ORDER', token: '01ORDER-0' },
    ])
    expect(await next.find({ owner, order: '01OTHER' }, call)).toEqual([])
    expect(await next.find({ owner: { ...owner, grid: 'red' } }, call)).toEqual([])
  })

  it.each([
    [
      'a disk that became read-only',
      'mkdir',
      `echo "mkdir: cannot create directory: Read-only file system" >&2; exit 1`,
      'BAD_OPTIONS',
      'has a disk that is read-only',
    ],
    [
      'a disk that is full',
      'base64',
      `echo "base64: write error: No space left on device" >&2; exit 1`,
      'NO_CAPACITY',
      'has no room left on its disk',
    ],
    [
      'a systemd that starts nothing',
      'systemd-run',
      `echo "Failed to start transient service unit: Access denied" >&2; exit 1`,
      'MACHINE_FAILED',
      'could not start its bootstrap: Failed to start transient service unit: Access denied',
    ],
  ])('that fails for %s leaves the host as it was', async (_what, program, body, code, text) => {
    const host = await openTestHost()
    const { session } = await open(host)
    await host.program(program, body)
    const error: unknown = await session.create(batch(), call).catch((reason: unknown) => reason)
    expect(isFailure(error)).toBe(true)
    expect(error).toMatchObject({ code, message: `127.0.0.1:${host.port} ${text}` })
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
    expect(await host.read('var/lib/kontena-ssh/bootstrap')).toBeUndefined()
    expect(await session.find({ owner }, call)).toEqual([])
  })

  it('is content where a first try of it, cut off, was a moment earlier', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    await host.program('systemd-run', 'echo 1 > "$fake/kontena-bootstrap.active"; exit 1')
    const { machines } = await session.create(batch(), call)
    expect(machines).toMatchObject([{ name: 'web', state: 'pending' }])
    expect(await host.read('var/lib/kontena-ssh/claim')).toContain('"name":"web"')
  })

  it('stops where an agent came there since it was checked', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    await host.write('etc/kontena-agent.env', 'KONTENA_URI=wss://other\n')
    await expect(session.create(batch(), call)).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
  })

  it('is refused where sudo wants a password by now', async () => {
    const host = await openTestHost()
    const { session } = await open(host)
    await host.fake('uid', '1000')
    await host.fake('sudo', 'sudo: a password is required\n')
    await expect(session.create(batch(), call)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: `127.0.0.1:${host.port} wants a password for sudo, and nobody types one here`,
    })
  })
})
