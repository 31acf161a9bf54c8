import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.invite({ email: 'jo@example.com', username: 'Jo' })
})
afterAll(() => lab.close())
beforeEach(async () => {
  for (const grid of await lab.client.grids()) await lab.client.removeGrid(grid.name)
  await lab.client.createGrid({ name: 'prod', trusted_subnets: ['10.0.0.0/8'] })
  await lab.client.createGrid({ name: 'other' })
  await lab.writeConfig({ grid: 'prod' })
})

describe('grid trusted-subnet', () => {
  const run = (...argv: string[]) => lab.run(['grid', 'trusted-subnet', ...argv])
  const subnets = async (name = 'prod') => (await lab.client.grid(name)).trusted_subnets

  it('lists them, one per line', async () => {
    await run('add', '192.168.0.0/24')
    expect(await run('list')).toEqual({
      code: 0,
      stdout: '10.0.0.0/8\n192.168.0.0/24\n',
      stderr: '',
    })
    expect(JSON.parse((await run('ls', '--json')).stdout)).toEqual(['10.0.0.0/8', '192.168.0.0/24'])
  })

  it('adds one to those there are, once', async () => {
    for (const _ of [1, 2]) expect(await run('add', '172.16.0.0/12')).toMatchObject({ code: 0 })
    expect(await subnets()).toEqual(['10.0.0.0/8', '172.16.0.0/12'])
  })

  it('works on the grid that is named', async () => {
    expect(await run('add', '172.16.0.0/12', '--grid', 'other')).toMatchObject({
      stdout: expect.stringContaining('* Adding 172.16.0.0/12 as a trusted subnet in other grid'),
    })
    expect(await subnets('other')).toEqual(['172.16.0.0/12'])
    expect(await subnets()).toEqual(['10.0.0.0/8'])
  })

  it('adds nothing that is no subnet', async () => {
    const { code, stderr } = await run('add', '10.0.0.0/40')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: ' [error] Invalid trusted_subnet 10.0.0.0/40\n',
    })
  })

  it('removes what was typed again, and only then', async () => {
    const typed = (text: string) =>
      lab.run(['grid', 'trusted-subnet', 'remove', '10.0.0.0/8'], { isTTY: true, input: [text] })
    expect(await typed('10.0.0.0/16')).toMatchObject({ code: 1 })
    expect(await subnets()).toEqual(['10.0.0.0/8'])
    expect(await typed('10.0.0.0/8')).toMatchObject({ code: 0 })
    expect(await subnets()).toEqual([])
  })

  it('removes several at once, where each is there', async () => {
    await run('add', '172.16.0.0/12')
    const { code, stderr } = await run('rm', '10.0.0.0/8', '10.1.0.0/16', '--force')
    expect(code).toBe(1)
    expect(stderr).toContain('Grid prod does not have trusted subnet 10.1.0.0/16')
    const removed = await run('rm', '10.0.0.0/8', '172.16.0.0/12', '--force', '--json')
    expect(JSON.parse(removed.stdout)).toEqual([])
  })
})

describe('grid user', () => {
  const run = (...argv: string[]) => lab.run(['grid', 'user', ...argv])

  it('lists who has access', async () => {
    await run('add', 'jo@example.com')
    expect((await run('list')).stdout).toMatchInlineSnapshot(`
      "EMAIL           NAME
      admin           admin
      jo@example.com  Jo
      "
    `)
    expect((await run('ls', '-q')).stdout).toBe('admin\njo@example.com\n')
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject([
      { email: 'admin' },
      { email: 'jo@example.com', name: 'Jo' },
    ])
  })

  it('lets a user in and says so', async () => {
    expect(await run('add', 'Jo@Example.com', '--grid', 'other')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('* Adding Jo@Example.com to other grid.. done\n'),
    })
    expect((await run('list', '-q', '--grid', 'other')).stdout).toContain('jo@example.com\n')
    expect((await run('list', '-q')).stdout).toBe('admin\n')
  })

  it('does not know everybody', async () => {
    const { code, stderr } = await run('add', 'nobody@example.com')
    expect(code).toBe(1)
    expect(stderr).toContain('the master has no user nobody@example.com\nhint: ')
  })

  it('takes a user out, but not the last one', async () => {
    await run('add', 'jo@example.com')
    expect(await run('remove', 'jo@example.com')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Command requires --force'),
    })
    expect(await run('rm', 'jo@example.com', '--force')).toMatchObject({ code: 0 })
    const last = await run('rm', 'admin', '--force')
    expect(last.code).toBe(2)
    expect(last.stderr).toBe(' [error] Cannot remove last user\n')
  })

  it('names the grids there are when there is none of that name', async () => {
    const { code, stderr } = await run('list', '--grid', 'nope')
    expect(code).toBe(1)
    expect(stderr).toContain('hint: its grids: ')
  })
})
