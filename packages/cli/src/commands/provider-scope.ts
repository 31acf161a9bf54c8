import { join } from 'node:path'
import { openScope, ProvisionError, type Scope, type Settings, settleOrders } from '@kontena/core'
import { openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openProvisioningSession, requireGrid, resolveMaster } from '../master/master-session.ts'
import { ordersFolder } from '../open-orders.ts'
import { version } from '../version.ts'
import type { CreateInput, ProviderInput } from './provider-options.ts'

export interface ScopeRequest {
  readonly input: ProviderInput
  readonly context: Context
  readonly machine?: CreateInput['machine']
  /** Where the machines in question are; as options and environment say where absent. */
  readonly region?: string | undefined
}

/** The provider's account and the current master's grid, both checked. */
export async function openProviderScope(request: ScopeRequest): Promise<Scope> {
  const { input, context } = request
  const session = await openProvisioningSession(context, { grid: input.grid })
  const { client, uuid, grid, publicUrl, agentBundle } = session
  const { subnet } = await findGrid(session, grid, context.signal)
  return openScope({
    ...localOptions(request),
    master: client,
    subnet,
    owner: { master: uuid, grid },
    masterUrl: publicUrl,
    agentBundle,
  })
}

/** The same without a word to the master, whose id the configuration remembers. */
export async function openScopeWithoutMaster(request: ScopeRequest): Promise<Scope> {
  const { input, context } = request
  const target = await resolveMaster(context, { grid: input.grid })
  if (target.uuid === undefined) {
    throw new ProvisionError(
      'MASTER_UNSUITABLE',
      `the id of master ${target.name} is not known here, so its machines cannot be told from others`,
      { hint: 'run the command on a computer that has worked with this master' },
    )
  }
  return openScope({
    ...localOptions(request),
    master: openMasterClient({ url: target.url, ca: target.ca, version }),
    owner: { master: target.uuid, grid: requireGrid(target) },
    masterUrl: target.url,
    agentBundle: '',
  })
}

/** Opens the scope and first settles what dead commands left in it. */
export async function openSettledScope(request: ScopeRequest): Promise<Scope> {
  const scope = await openProviderScope(request)
  await settleOrders(scope)
  return scope
}

/** What of a scope no master has to be asked for. */
function localOptions(request: ScopeRequest) {
  const { input, context } = request
  return {
    provider: input.provider,
    settings: settingsOf(request),
    orders: ordersFolder(context),
    folder: join(context.home, input.provider.name),
    emit: context.emit,
    signal: context.signal,
  }
}

function settingsOf({ input, machine, region }: ScopeRequest): Settings {
  const option = input.provider.regionOption
  if (option === undefined || region === undefined) return { access: input.access, machine }
  return { access: { ...input.access, [option]: region }, machine }
}
