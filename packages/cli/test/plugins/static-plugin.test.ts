import { join } from 'node:path'
import { type BootedMachine, bootMachine } from '@kontena/sandbox'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  type RunningInventory,
  startInventory,
} from '../../../../examples/provider-static/src/inventory/server.ts'
import { type MasterLab, openMasterLab } from '../loop/master-lab.ts'

const example = join(import.meta.dirname, '../../../../examples/provider-static')

let inventory: RunningInventory
let lab: MasterLab
const booted: BootedMachine[] = []

beforeAll(async () => {
  inventory = await startInventory({ token: 'tok-1', sites: { cellar: { 'rack-a': 2 } } })
  lab = await openMasterLab({
    STATIC_URL: inventory.url,
    STATIC_SITE: 'cellar',
    STATIC_TOKEN: 'tok-1',
  })
})
afterAll(async () => {
  for (const machine of booted) await machine.close()
  await lab.close()
  await inventory.close()
})

function site() {
  const cellar = inventory.sites.get('cellar')
  if (cellar === undefined) throw new Error('the inventory lost its cellar')
  return cellar
}

/** The inventory keeps books only, so somebody has to press the button. */
async function bootClaimed(): Promise<void> {
  const [machine] = await vi.waitUntil(() => {
    const claimed = [...site().machines.values()]
    return claimed.length > 0 && claimed
  })
  if (machine === undefined) throw new Error('no machine was claimed')
  booted.push(
    await bootMachine({
      id: machine.id,
      userData: Buffer.from(machine.userData, 'base64'),
      instance: {
        v1: {
          local_hostname: machine.name,
          instance_id: machine.id,
          availability_zone: machine.rack,
        },
        metaData: {},
      },
    }),
  )
}

it('the example is installed, makes a node, takes it away and is uninstalled', async () => {
  Object.assign(site().mood, { bootTime: 100, wipeTime: 100 })
  const install = await lab.kontena(['plugin', 'install', example])
  expect(install).toMatchObject({ exitCode: 0, stderr: '' })
  expect((await lab.kontena(['plugin', 'list'])).stdout).toMatch(/^static .* ok$/m)

  const creating = lab.kontena(['static', 'node', 'create', 'web'])
  await bootClaimed()
  const created = await creating
  expect(created).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await lab.master.node(lab.grid, 'web')).toMatchObject({
    status: 'online',
    labels: expect.arrayContaining(['provider=static', 'region=cellar', 'az=rack-a']),
  })
  expect((await lab.kontena(['static', 'node', 'list', '-q'])).stdout).toBe('web')

  const terminated = await lab.kontena(['static', 'node', 'terminate', 'web', '--force'])
  expect(terminated).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await lab.master.nodes(lab.grid)).toEqual([])
  expect([...site().machines.keys(), ...site().walls.keys()]).toEqual([])

  expect((await lab.kontena(['plugin', 'uninstall', 'static'])).exitCode).toBe(0)
  expect((await lab.kontena(['static', 'node', 'list'])).stderr).toContain("'static'")
}, 60_000)
