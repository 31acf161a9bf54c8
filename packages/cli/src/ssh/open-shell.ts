import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findLogin, isFailure, type Login, type Provider, ProvisionError } from '@kontena/core'
import type { Node } from '@kontena/protocol'
import type { ProviderInput } from '../commands/provider-options.ts'
import { openProviderScope } from '../commands/provider-scope.ts'
import type { Context } from '../context.ts'
import type { ChosenNode } from './chosen-node.ts'
import { runSsh } from './run-ssh.ts'
import { type SshFlags, sshTarget } from './ssh-target.ts'

/** Who made the machine, and what flags and environment say of it, read once it is needed. */
export interface Maker {
  readonly provider: Provider
  input(): ProviderInput
}

/**
 * Logs in to a node's machine. Its record says all that takes; the provider that made it is opened
 * only where {@link asksProvider} says so.
 */
export async function openShell(
  { node, command }: ChosenNode,
  flags: SshFlags,
  { maker, context }: { maker: Maker | undefined; context: Context },
): Promise<void> {
  const isAsked = maker !== undefined && asksProvider(node, maker.provider, flags)
  const login = isAsked ? await loginOf(node, maker, context) : {}
  const target = sshTarget(node, login, flags)
  await checkIdentity(flags.identityFile, context)
  if (node.enrolment === 'contested') {
    context.warn(`a second machine tried to pass itself off as ${node.name} when it enrolled`)
  }
  await runSsh({ target, command, tty: flags.tty === true }, context)
}

/** Whether it knows more than the record: by its manifest, or as nobody else knows a public address. */
function asksProvider(
  { machine, public_ip }: Node,
  { abilities }: Provider,
  { privateIp, internalIp }: SshFlags,
): boolean {
  if (machine === null) return false
  if (abilities.login === true) return true
  return public_ip == null && privateIp !== true && internalIp !== true
}

async function loginOf(node: Node, maker: Maker, context: Context): Promise<Login> {
  try {
    const input = maker.input()
    const scope = await openProviderScope({ input, context, region: node.machine?.region })
    return await findLogin(node, scope)
  } catch (error) {
    // The private address that the machine knows leads there from its own network.
    if (maker.provider.abilities.login === true || !isFailure(error)) throw error
    context.warn(`only a private address of ${node.name} is known: ${error.message}`, error.hint)
    return {}
  }
}

/** OpenSSH would only go on without it. */
async function checkIdentity(file: string | undefined, { cwd }: Context): Promise<void> {
  if (file === undefined) return
  try {
    await access(resolve(cwd, file), constants.R_OK)
  } catch (error) {
    throw new ProvisionError('LOCAL_FILE', `--identity-file ${file} cannot be read`, {
      cause: error,
      hint: 'check the path, and that you may read it',
    })
  }
}
