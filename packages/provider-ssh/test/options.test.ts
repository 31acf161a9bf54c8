import { readdirSync, readFileSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatId, isHost, parseId } from '../src/claim.ts'
import { ssh } from '../src/index.ts'
import { nameOf, parseTarget } from '../src/target.ts'
import { batch, call, openLaptop, openLaptopThatKnows, order } from './session.ts'
import { openTestHost } from './test-host.ts'

const source = join(import.meta.dirname, '../src')

describe('a host', () => {
  it.each([
    ['web.example.com', { host: 'web.example.com', port: undefined, user: undefined }],
    ['Web:2222', { host: 'web', port: 2222, user: undefined }],
    ['core@192.0.2.7', { host: '192.0.2.7', port: undefined, user: 'core' }],
    ['2001:DB8::7', { host: '2001:db8::7', port: undefined, user: undefined }],
    ['root@[2001:db8::7]:22', { host: '2001:db8::7', port: 22, user: 'root' }],
  ])('is written as %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target)
  })

  it.each([
    '',
    '-oProxyCommand=x',
    'a b',
    'root@',
    'a@b@c',
    'host:0',
    'host:65536',
    'host:',
    '[web]:22',
    '[::1',
    'a/b',
    'a\n',
    'x;y',
  ])('is never %j', (text) => {
    expect(parseTarget(text)).toBeUndefined()
    expect(ssh.machineOptions.safeParse({ host: [text] }).success).toBe(false)
  })

  it('comes back from its id, with which any computer finds it', () => {
    const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    fc.assert(
      fc.property(
        hosts,
        fc.integer({ min: 1, max: 65_535 }),
        fc.string(),
        (text, port, machine) => {
          const host = parseTarget(text)?.host
          fc.pre(host !== undefined)
          const id = formatId({ host: host ?? '', port }, machine, 'token')
          // What the enrolment on the machine takes as an id.
          expect(id).toMatch(/^[A-Za-z0-9._:/()-]+$/)
          const parsed = parseId(id)
          expect(parsed?.address).toEqual({ host, port })
          expect(parsed && isHost(parsed, machine)).toBe(true)
          expect(parsed && isHost(parsed, `${machine}x`)).toBe(false)
        },
      ),
    )
  })

  it('is named with its port where that is not the usual one', () => {
    expect(nameOf({ host: 'web', port: 22 })).toBe('web')
    expect(nameOf({ host: '::1', port: 2222 })).toBe('[::1]:2222')
  })
})

describe('the hosts of an order', () => {
  it('are those of --host and of a file, and count by themselves', async () => {
    const laptop = await openLaptop()
    const hosts = join(laptop.home, 'hosts')
    await writeFile(hosts, '# racks\n\nweb-2.example.com  # left\nroot@[2001:db8::7]:2222\r\n')
    const session = await laptop.open({ machine: { host: ['web-1.example.com'], hosts } })
    expect(await session.count?.(call)).toBe(3)
  })

  it.each([
    ['none', {}, 'no host is named'],
    ['one twice', { host: ['web', 'root@WEB:22'] }, 'host web is named twice'],
    ['a file that is not there', { hosts: '/no/such' }, '--hosts /no/such cannot be read: ENOENT'],
  ])('cannot be %s', async (_what, machine, message) => {
    const laptop = await openLaptop()
    const session = await laptop.open({ machine: { host: undefined, ...machine } })
    await expect(session.count?.(call)).rejects.toMatchObject({ message })
  })

  it('cannot be a line that is no host', async () => {
    const laptop = await openLaptop()
    const hosts = join(laptop.home, 'hosts')
    await writeFile(hosts, 'web-1\nweb 2\n')
    const session = await laptop.open({ machine: { host: undefined, hosts } })
    await expect(session.count?.(call)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: `line 2 of --hosts ${hosts} is no host`,
    })
  })
})

describe('where machines are', () => {
  it('is the grid’s own region and no account of anybody', async () => {
    const laptop = await openLaptop()
    const session = await laptop.open({ machine: { host: ['192.0.2.7'] } })
    expect(await session.account(call)).toEqual({ id: 'hosts', region: 'blue-local', local: false })
    expect(await session.zones(call)).toEqual([{ name: 'local' }])
    const other = await laptop.open({
      access: { region: 'cellar' },
      machine: { host: ['localhost'], az: 'rack-1' },
    })
    expect(await other.account(call)).toEqual({ id: 'hosts', region: 'cellar', local: true })
    expect(await other.zones(call)).toEqual([{ name: 'rack-1' }])
  })

  it('needs nothing that machines share', async () => {
    const session = await (await openLaptop()).open({})
    expect(await session.prepare(order(), call)).toEqual({ shared: {}, network: [] })
    expect(await session.removeShared(order().owner, call)).toEqual([])
  })
})

describe('what this computer remembers', () => {
  it('is for its owner’s eyes only', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    await session.create(batch(), call)
    const folder = join(laptop.folder, 'hosts')
    const [file = ''] = readdirSync(folder)
    expect(readdirSync(folder)).toHaveLength(1)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, file), 'utf8')).not.toContain('PRIVATE KEY')
  })

  it('may be broken, and is then as nothing', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    await session.create(batch(), call)
    const folder = join(laptop.folder, 'hosts')
    const [file = ''] = readdirSync(folder)
    await writeFile(join(folder, file), '{"claim":')
    expect(await session.find({ owner: order().owner }, call)).toEqual([])
  })
})

describe('the manifest', () => {
  it('loads no SSH client: what it imports imports core, zod and Node only', () => {
    const imports = ['index.ts', 'options.ts', 'target.ts'].flatMap((file) =>
      [...readFileSync(join(source, file), 'utf8').matchAll(/from '(.+)'/g)].map(
        ([, from]) => from,
      ),
    )
    expect([...new Set(imports)].sort()).toEqual(
      ['./options.ts', './target.ts', '@kontena/core', 'node:net', 'zod'].sort(),
    )
  })

  it('describes every option', () => {
    const fields = { ...ssh.accessOptions.shape, ...ssh.machineOptions.shape }
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meta()?.description, name).toEqual(expect.any(String))
    }
    expect(Object.keys(ssh.accessOptions.shape)).toContain(ssh.regionOption)
  })

  it.each([
    ['user', '-oProxyCommand=x'],
    ['user', 'a b'],
    ['port', 0],
    ['jump', '-x'],
    ['jump', 'a,b'],
    ['hostKey', ['MD5:aa:bb']],
    ['hostKey', ['SHA256:short']],
    ['region', 'Cellar One'],
  ])('refuses %s as %j', (key, value) => {
    expect(ssh.accessOptions.safeParse({ [key]: value }).success).toBe(false)
  })
})
