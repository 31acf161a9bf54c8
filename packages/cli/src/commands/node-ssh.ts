import type { Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import type { BuiltInProvider } from '../providers.ts'
import { chosenNode, type ShellRequest } from '../ssh/chosen-node.ts'
import { type Maker, openShell } from '../ssh/open-shell.ts'
import type { SshFlags } from '../ssh/ssh-target.ts'
import { parseList } from './provider-options.ts'

export interface NodeSshScope {
  readonly context: Context
  /** Of whom a node's machine may be. */
  readonly providers: readonly BuiltInProvider[]
}

/** `kontena node ssh`, whoever made the node's machine. */
export async function openNodeShell(
  options: ShellRequest & SshFlags,
  { context, providers }: NodeSshScope,
): Promise<void> {
  const chosen = await chosenNode(options, context)
  const maker = await makerOf(chosen.node, options.grid, { context, providers })
  await openShell(chosen, options, { maker, context })
}

/** Its provider, with the options that the environment has for it. A plug-in may be gone by now. */
async function makerOf(
  { machine }: Node,
  grid: string | undefined,
  { context, providers }: NodeSshScope,
): Promise<Maker | undefined> {
  const provider = await providers.find(({ name }) => name === machine?.provider)?.load()
  if (provider === undefined) return undefined
  return { provider, input: () => parseList(provider, { grid }, context) }
}
