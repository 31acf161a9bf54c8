import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { layoutOf } from '../src/layout.ts'
import { listMachines, makeMachineFolder, removeMachineFolder } from '../src/machine-folders.ts'
import { batchFor, becomes, call, loadProvider, make, openWorkbench, owner } from './workbench.ts'

beforeAll(loadProvider)

describe('folders of machines', () => {
  it('keep grids of one name apart, of two masters or in two cases', () => {
    const { machine } = layoutOf('/home/me/.kontena/vagrant')
    const paths = [owner, { ...owner, master: 'another' }, { ...owner, grid: 'Demo' }].map((who) =>
      machine(who, 'web-1').toLowerCase(),
    )

    expect(new Set(paths).size).toBe(3)
    expect(machine({ ...owner, grid: '../../etc' }, 'web-1')).toMatch(
      /^\/home\/me\/\.kontena\/vagrant\/nodes\/-etc-[0-9a-f]{8}\/web-1$/,
    )
  })

  it('go to one of two that want the same name at once', async () => {
    const bench = openWorkbench()
    const [one, other] = [bench.open(), bench.open()]

    const outcomes = await Promise.allSettled([
      make(one, 'web-1', { token: 'a' }),
      make(other, 'web-1', { token: 'b' }),
    ])

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        code: 'NAME_TAKEN',
        hint: 'take it away with: kontena vagrant node terminate web-1',
      },
    })
    const ups = () => bench.calls().filter((line) => line.startsWith('up'))
    await expect.poll(ups).toHaveLength(1)
  })

  it('are not there while they are being made, nor while they are being removed', async () => {
    const bench = openWorkbench()
    const layout = layoutOf(bench.folder)
    const path = layout.machine(owner, 'web-1')
    mkdirSync(join(dirname(path), '.new-abc'), { recursive: true })
    mkdirSync(join(dirname(path), '.gone-web-9'), { recursive: true })

    expect(listMachines(layout)).toEqual([])
    expect(await bench.open().find({ owner }, call)).toEqual([])
  })

  it('that a crash has left half made are cleared away, once nobody can be making them', () => {
    const bench = openWorkbench()
    const path = layoutOf(bench.folder).machine(owner, 'web-1')
    const grid = dirname(path)
    for (const name of ['.new-old', '.new-young', '.gone-web-9']) {
      mkdirSync(join(grid, name), { recursive: true })
    }
    utimesSync(join(grid, '.new-old'), 1, 1)

    makeMachineFolder(path, { 'machine.json': '{}' })

    expect(readdirSync(grid).sort()).toEqual(['.new-young', 'web-1'])
  })

  it('with a damaged record name themselves and the way on', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    await make(session, 'web-1')
    const folder = bench.machineFolder('web-1')
    writeFileSync(join(folder, 'machine.json'), '{"id": 1}')

    const failure = {
      code: 'LOCAL_FILE',
      hint: `take its VM away with "vagrant destroy -f" in ${folder}, and remove that folder`,
    }
    await expect(session.find({ owner }, call)).rejects.toMatchObject(failure)
    await expect(session.create(batchFor('web-1'), call)).rejects.toMatchObject(failure)
  })

  it('that are gone behind our back are no error', async () => {
    const bench = openWorkbench()
    const session = bench.open()
    const { id } = await make(session, 'web-1')
    await becomes(session, id, 'running')
    const folder = bench.machineFolder('web-1')
    rmSync(folder, { recursive: true })

    removeMachineFolder(folder)
    expect(await session.find({ ids: [id] }, call)).toEqual([])
    await session.terminate([id], call)
  })

  it('whose place is no folder say so, and leave nothing', async () => {
    const bench = openWorkbench()
    mkdirSync(dirname(bench.folder), { recursive: true })
    writeFileSync(bench.folder, 'in the way')

    await expect(bench.open().account(call)).rejects.toMatchObject({ code: 'LOCAL_FILE' })
    await expect(make(bench.open(), 'web-1')).rejects.toMatchObject({ code: 'LOCAL_FILE' })
    expect(existsSync(join(bench.folder, 'nodes'))).toBe(false)
  })
})
