import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { printable } from '../output/printable.ts'
import { spin } from '../output/spinner.ts'

/** Prints the subnets of a grid in which the overlay needs no encryption, one per line. */
export async function listTrustedSubnets(
  options: { grid?: string },
  context: Context,
): Promise<void> {
  const { subnets } = await openSubnets(options, context)
  if (context.json) return context.printJson(subnets)
  for (const subnet of subnets) context.print(printable(subnet))
}

/** Adds a subnet to those that are trusted. One that is trusted already is no error. */
export async function addTrustedSubnet(
  options: { subnet: string; grid?: string },
  context: Context,
): Promise<void> {
  const opened = await openSubnets(options, context)
  const { subnet } = options
  await spin(context, `Adding ${subnet} as a trusted subnet in ${opened.grid} grid`, () =>
    keepSubnets([...new Set([...opened.subnets, subnet])], opened, context),
  )
}

/** Trusts subnets no more. Rejects with `NOT_FOUND` where one is not trusted anyway. */
export async function removeTrustedSubnets(
  options: { subnets: readonly string[]; grid?: string; force?: boolean },
  context: Context,
): Promise<void> {
  const opened = await openSubnets(options, context)
  const missing = options.subnets.filter((subnet) => !opened.subnets.includes(subnet))
  if (missing.length > 0) {
    const what = `Grid ${opened.grid} does not have trusted subnet ${missing.join(', ')}`
    throw new ProvisionError('NOT_FOUND', what, {
      hint: `kontena grid trusted-subnet list --grid ${opened.grid}`,
    })
  }
  const names = [...new Set(options.subnets)].join(' ')
  await context.confirm(names, { force: options.force === true })
  await spin(context, `Removing trusted subnet ${names} from ${opened.grid} grid`, () => {
    const left = opened.subnets.filter((subnet) => !options.subnets.includes(subnet))
    return keepSubnets(left, opened, context)
  })
}

interface OpenSubnets {
  readonly session: MasterSession
  readonly grid: string
  readonly subnets: readonly string[]
}

async function openSubnets(options: { grid?: string }, context: Context): Promise<OpenSubnets> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const { trusted_subnets: subnets } = await findGrid(session, grid, context.signal)
  return { session, grid, subnets }
}

async function keepSubnets(
  subnets: string[],
  { session, grid }: OpenSubnets,
  context: Context,
): Promise<void> {
  const change = { trusted_subnets: subnets }
  const updated = await session.client.updateGrid(grid, change, context.signal)
  if (context.json) context.printJson(updated.trusted_subnets)
}
