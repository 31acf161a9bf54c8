import {
  type NetworkPolicy,
  networkPolicy,
  type OrderWish,
  type Provider,
  ProvisionError,
} from '@kontena/core'
import { label, maxNodesPerOrder, nodeName } from '@kontena/protocol'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { parseAgentSource } from '../options/agent-source.ts'
import { parseDuration } from '../options/duration.ts'
import { parseSchemaOptions } from '../options/option-schema.ts'
import { flagOfKey, parseFlags, type RawFlags } from '../options/parse-flags.ts'
import { readTextFile } from '../options/read-text-file.ts'
import { readSshKeys } from '../options/ssh-keys.ts'

/** What every command of a provider is given, parsed and checked. */
export interface ProviderInput {
  readonly provider: Provider
  /** Parsed by the provider's `accessOptions`. */
  readonly access: z.infer<Provider['accessOptions']>
  /** The region was typed. One from the environment is where new machines go, and no more. */
  readonly isRegionTyped: boolean
  /** The flag `--grid`; where absent, the environment and the configuration say which. */
  readonly grid: string | undefined
}

export interface CreateInput extends ProviderInput {
  /** Parsed by the provider's `machineOptions`. */
  readonly machine: z.infer<Provider['machineOptions']>
  readonly order: OrderWish
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

export interface PowerInput extends ProviderInput {
  readonly names: readonly string[]
  /** Milliseconds until a node must be online again, or its machine stopped. */
  readonly timeout: number
}

export interface ListInput extends ProviderInput {
  /** Names only. */
  readonly quiet: boolean
}

const wholeNumber = z
  .string()
  .regex(/^-?\d{1,9}$/, 'must be a whole number')
  .transform(Number)

const common = z.object({ grid: z.string().optional() })

const createFlags = common.extend({
  name: nodeName.optional(),
  count: wholeNumber.pipe(z.number().min(1).max(maxNodesPerOrder)).optional(),
  label: z.array(label).default([]),
  tag: z.array(z.string().regex(/^[^=]+=/, 'must be KEY=VALUE')).default([]),
  ephemeral: z.boolean().default(false),
  open: z.array(z.string()).default([]),
  overlayFrom: z.array(z.string()).optional(),
  sshFrom: z.array(z.string()).optional(),
  vpnFrom: z.array(z.string()).optional(),
  sshKey: z.array(z.string()).default([]),
  cloudConfig: z.string().min(1).optional(),
  timeout: z.string().default('10m'),
  onFailure: z.enum(['rollback', 'keep']).default('rollback'),
  agentImage: z.string().min(1).optional(),
  agentRuntime: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
})

const terminateFlags = common.extend({
  names: z.array(z.string()),
  force: z.boolean().default(false),
  drainTimeout: z.string().default('0s'),
  timeout: z.string().default('10m'),
  withoutMaster: z.boolean().default(false),
})

const powerFlags = common.extend({
  names: z.array(z.string()),
  timeout: z.string().default('10m'),
})

const listFlags = common.extend({ quiet: z.boolean().default(false) })

/** Checks everything that was typed for `node create`. Throws `BAD_OPTIONS`, or `LOCAL_FILE` for a file. */
export async function parseCreate(
  provider: Provider,
  typed: RawFlags,
  context: Context,
): Promise<CreateInput> {
  return {
    ...(await parseOrder(typed, context)),
    ...accessOf(provider, typed, context),
    machine: parseSchemaOptions(provider.machineOptions, typed, context.env),
  }
}

/** The part of it that is the same for every provider. */
export async function parseOrder(
  typed: RawFlags,
  { cwd }: Context,
): Promise<Pick<CreateInput, 'grid' | 'order' | 'dryRun'>> {
  const flags = parseFlags(createFlags, typed, { flagOf: nameOrFlag })
  return {
    grid: flags.grid,
    order: {
      name: flags.name,
      count: flags.count,
      labels: flags.label,
      tags: parseTags(flags.tag),
      ephemeral: flags.ephemeral,
      policy: parsePolicy(flags),
      sshKeys: await readSshKeys(flags.sshKey, cwd),
      timeout: parseTimeout(flags.timeout),
      onFailure: flags.onFailure,
      agent: parseAgentSource(flags),
      ...(flags.cloudConfig === undefined
        ? {}
        : { cloudConfig: await readTextFile(flags.cloudConfig, '--cloud-config', cwd) }),
    },
    dryRun: flags.dryRun,
  }
}

function parsePolicy({
  open,
  overlayFrom,
  sshFrom,
  vpnFrom,
}: z.infer<typeof createFlags>): NetworkPolicy {
  return networkPolicy({
    open,
    ...(overlayFrom === undefined ? {} : { overlayFrom }),
    ...(sshFrom === undefined ? {} : { sshFrom }),
    ...(vpnFrom === undefined ? {} : { vpnFrom: parseVpnFrom(vpnFrom) }),
  })
}

export function parseTerminate(
  provider: Provider,
  typed: RawFlags,
  context: Context,
): TerminateInput {
  const flags = parseFlags(terminateFlags, typed)
  return {
    ...accessOf(provider, typed, context),
    ...flags,
    grid: flags.grid,
    names: [...new Set(flags.names)],
    drainTimeout: parseDuration(flags.drainTimeout, '--drain-timeout'),
    timeout: parseTimeout(flags.timeout),
  }
}

export function parsePower(provider: Provider, typed: RawFlags, context: Context): PowerInput {
  const flags = parseFlags(powerFlags, typed)
  return {
    ...accessOf(provider, typed, context),
    grid: flags.grid,
    names: [...new Set(flags.names)],
    timeout: parseTimeout(flags.timeout),
  }
}

export function parseList(provider: Provider, typed: RawFlags, context: Context): ListInput {
  const flags = parseFlags(listFlags, typed)
  return { ...accessOf(provider, typed, context), grid: flags.grid, quiet: flags.quiet }
}

function accessOf(provider: Provider, typed: RawFlags, context: Context) {
  const { accessOptions, regionOption } = provider
  return {
    provider,
    access: parseSchemaOptions(accessOptions, typed, context.env),
    isRegionTyped: regionOption !== undefined && typed[regionOption] !== undefined,
  }
}

/** The name is an argument and has no flag. */
function nameOrFlag(key: string): string {
  return key === 'name' ? 'NAME' : flagOfKey(key)
}

function parseTimeout(text: string): number {
  const timeout = parseDuration(text, '--timeout')
  if (timeout > 0) return timeout
  throw new ProvisionError('BAD_OPTIONS', `--timeout ${text} leaves no time`)
}

function parseVpnFrom(ranges: readonly string[]): readonly string[] | 'none' {
  if (!ranges.includes('none')) return ranges
  if (ranges.length === 1) return 'none'
  throw new ProvisionError('BAD_OPTIONS', '--vpn-from none cannot stand beside other ranges')
}

function parseTags(texts: readonly string[]): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = text.slice(0, equals)
    if (key.startsWith('kontena:')) {
      throw new ProvisionError(
        'BAD_OPTIONS',
        `--tag ${text}: tags that begin with kontena: are ours`,
      )
    }
    tags[key] = text.slice(equals + 1)
  }
  return tags
}
