import { openMasterClient } from '@kontena/protocol'
import type { Found, Ledger } from './ledger.ts'

/** Asks a master for all that its ledger knows of. */
export async function observe(
  { url, token }: { url: string; token: string },
  ledger: Ledger,
): Promise<(thing: string) => Found> {
  const api = openMasterClient({ url, token, version: '2.0.0' })
  const found = new Map<string, Found>()
  const known = new Set(ledger.things)
  for (const grid of await api.grids()) {
    const thing = `grid ${grid.name}`
    if (!known.has(thing)) continue
    found.set(thing, grid.token)
    for (const node of await api.nodes(grid.name)) {
      const name = `${grid.name}/${node.name}`
      found.set(`node ${name}`, JSON.stringify(node.labels))
      found.set(`number ${name}`, String(node.node_number))
      found.set(`enrolment ${name}`, node.enrolment ?? undefined)
    }
  }
  for (const thing of ledger.things) {
    const [kind = '', name = ''] = thing.split(' ')
    const [grid = '', node = ''] = name.split('/')
    if (kind === 'token') {
      const answer = await api.nodeToken(grid, node).catch(() => undefined)
      found.set(thing, answer?.token)
    }
    if (kind === 'access') {
      const user = openMasterClient({ url, token: name, version: '2.0.0' }).user()
      found.set(thing, await user.then(() => 'good').catch(() => undefined))
    }
  }
  return (thing) => found.get(thing)
}
