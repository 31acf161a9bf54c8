import type { Call, OpenProvider } from '@kontena/core'
import { z } from 'zod'
import { type Inventory, openInventory } from './inventory-client.ts'
import {
  claimMachines,
  findMachines,
  releaseMachines,
  restartMachines,
  tryClaim,
} from './machines.ts'
import type { StaticAccess, StaticMachineOptions } from './options.ts'
import { addRules, missingRules, removeWall, wallName } from './walls.ts'

const site = z.object({ account: z.string(), racks: z.array(z.object({ name: z.string() })) })
const sites = z.object({ sites: z.array(z.string()) })

/** Opens a site of the inventory; makes no request, and fails for nothing before the first one. */
export const openStatic: OpenProvider<StaticAccess, StaticMachineOptions> = (settings) => {
  const open = openInventory(settings.access, settings.rate)
  const describeSite = (inventory: Inventory, call: Call) =>
    inventory.ask({ method: 'GET', path: '', about: `site ${inventory.site}`, answer: site }, call)

  return {
    account: async (call) => {
      const inventory = open()
      const { account } = await describeSite(inventory, call)
      return { id: account, region: inventory.site, local: inventory.isLocal }
    },
    preflight: async (order, call) => {
      const inventory = open()
      await tryClaim(inventory, { count: order.count, rack: settings.machine?.rack }, call)
      const missing = await missingRules(inventory, order, call)
      const wall = wallName(order.owner)
      return {
        facts: { site: inventory.site, wall },
        sharedCalls: missing.length === 0 ? [] : [`PUT walls/${wall}`],
        createCall: 'POST machines',
        labels: [],
        warnings: [],
      }
    },
    zones: async (call) => {
      const { racks } = await describeSite(open(), call)
      const { rack } = settings.machine ?? {}
      return racks.filter(({ name }) => rack === undefined || name === rack)
    },
    prepare: async ({ owner, policy }, call) => {
      const inventory = open()
      const rules = await missingRules(inventory, { owner, policy }, call)
      await addRules(inventory, { owner, rules }, call)
      return { shared: { wall: wallName(owner) }, network: [] }
    },
    create: async (batch, call) => await claimMachines(open(), batch, call),
    find: async (query, call) => await findMachines(open(), query, call),
    terminate: async (ids, call) => await releaseMachines(open(), ids, call),
    removeShared: async (owner, call) => {
      await removeWall(open(), owner, call)
      return []
    },
    restart: async (ids, call) => await restartMachines(open(), ids, call),
    choices: async ({ option, given }, call) => {
      if (option !== 'site') return []
      const inventory = openInventory({ ...settings.access, ...given, site: '-' }, settings.rate)()
      const question = { method: 'GET', path: '..', about: 'the sites', answer: sites } as const
      const known = await inventory.ask(question, call)
      return known.sites.map((name) => ({ value: name, label: name }))
    },
  }
}
