import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { makerOf } from '../prompts/choose-nodes.ts'
import { chosenNode, type ShellRequest } from '../ssh/chosen-node.ts'
import { openShell } from '../ssh/open-shell.ts'
import type { SshFlags } from '../ssh/ssh-target.ts'
import type { ProviderInput } from './provider-options.ts'

/** `kontena <provider> node ssh` */
export async function openProviderShell(
  options: ShellRequest & SshFlags,
  { input, context }: { input: ProviderInput; context: Context },
): Promise<void> {
  const { provider } = input
  const chosen = await chosenNode(options, context, (node) => makerOf(node) === provider.name)
  const { name } = chosen.node
  const maker = makerOf(chosen.node)
  if (maker !== provider.name) {
    const whose =
      maker === undefined ? 'has no machine that a provider made' : `was made by ${maker}`
    throw new ProvisionError('BAD_OPTIONS', `${name} ${whose}, not by ${provider.name}`, {
      hint: `use: kontena node ssh ${name}`,
    })
  }
  await openShell(chosen, options, { maker: { provider, input: () => input }, context })
}
