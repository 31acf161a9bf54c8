import type { MasterClient } from '@kontena/protocol'
import type { Emit } from '../events.ts'
import type { Account, Owner, Provider, ProviderSession } from '../provider.ts'
import { openRateBudget } from '../rate-budget.ts'
import { withRetries } from '../retry.ts'

/** What operations ask of a master. */
export type OrdersMaster = Pick<
  MasterClient,
  | 'url'
  | 'ca'
  | 'nodes'
  | 'node'
  | 'updateNode'
  | 'removeNode'
  | 'createEnrolment'
  | 'endEnrolment'
  | 'watchEvents'
>

/** Options of a provider, as its schemas parsed them. */
export type Settings = Omit<
  Parameters<Awaited<ReturnType<Provider['load']>>>[0],
  'rate' | 'folder' | 'owner'
>

export interface ScopeOptions {
  readonly provider: Provider
  readonly settings: Settings
  readonly master: OrdersMaster
  readonly owner: Owner
  /** Of the grid: says how many nodes there is room for. Where absent, the master alone knows. */
  readonly subnet?: string | undefined
  /** Where machines reach the master. */
  readonly masterUrl: string
  /** SHA-256 (hex) of the agent that the master hands out. */
  readonly agentBundle: string
  /** Folder of the journals. */
  readonly orders: string
  /** Folder of the provider's own. */
  readonly folder: string
  readonly emit: Emit
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
}

/** What every operation works with: one provider's account, one grid of one master. */
export interface Scope extends Omit<ScopeOptions, 'settings'> {
  readonly session: ProviderSession
  readonly account: Account
}

/** Opens the provider's session and finds out whose account it is. Spends nothing. */
export async function openScope({ settings, ...options }: ScopeOptions): Promise<Scope> {
  const { provider, emit, signal, folder, owner } = options
  const open = await provider.load()
  const rate = openRateBudget({ title: provider.title, emit })
  const session = withRetries(open({ ...settings, rate, folder, owner }), {
    idempotentCreate: provider.abilities.idempotentCreate,
    emit,
    rate,
  })
  return { ...options, session, account: await session.account({ signal }) }
}
