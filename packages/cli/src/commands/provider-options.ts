import type { NetworkPolicy, Provider } from '@kontena/core'
import type { z } from 'zod'

/** What every command of a provider is given, parsed and checked. */
export interface ProviderInput {
  readonly provider: Provider
  /** Parsed by the provider's `accessOptions`. */
  readonly access: z.infer<Provider['accessOptions']>
  /** The flag `--grid`; where absent, the environment and the configuration say which. */
  readonly grid: string | undefined
}

export interface CreateInput extends ProviderInput {
  /** Parsed by the provider's `machineOptions`. */
  readonly machine: z.infer<Provider['machineOptions']>
  /** A node name, or the base of numbered ones; random where absent. */
  readonly name: string | undefined
  /** 1 to 254. */
  readonly count: number
  /** `key` or `key=value`, each a valid label. */
  readonly labels: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly ephemeral: boolean
  readonly policy: NetworkPolicy
  /** Public key lines, as the files named by `--ssh-key` hold them. */
  readonly sshKeys: readonly string[]
  /** Milliseconds for each phase. */
  readonly timeout: number
  readonly onFailure: 'rollback' | 'keep'
  /** A complete agent image, or the runtime that the master's agent runs in; core's default where neither is given. */
  readonly agent: { readonly image: string } | { readonly runtime: string } | undefined
  readonly dryRun: boolean
}

export interface TerminateInput extends ProviderInput {
  readonly names: readonly string[]
  readonly force: boolean
  /** Milliseconds to wait for a drained node before its machine goes. */
  readonly drainTimeout: number
  /** Milliseconds until a machine must be gone. */
  readonly timeout: number
  readonly withoutMaster: boolean
}

export interface RestartInput extends ProviderInput {
  readonly names: readonly string[]
  /** Milliseconds until a node must be online again. */
  readonly timeout: number
}

export interface ListInput extends ProviderInput {
  /** Names only. */
  readonly quiet: boolean
}
