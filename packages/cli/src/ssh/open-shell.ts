import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findLogin, type Login, ProvisionError } from '@kontena/core'
import type { Node } from '@kontena/protocol'
import type { ProviderInput } from '../commands/provider-options.ts'
import { openProviderScope } from '../commands/provider-scope.ts'
import type { Context } from '../context.ts'
import type { ChosenNode } from './chosen-node.ts'
import { runSsh } from './run-ssh.ts'
import { type SshFlags, sshTarget } from './ssh-target.ts'

/**
 * Logs in to a node's machine. Its record says all that takes; the provider of the input is opened only
 * where its manifest says that it knows more.
 */
export async function openShell(
  { node, command }: ChosenNode,
  flags: SshFlags,
  { input, context }: { input: ProviderInput | undefined; context: Context },
): Promise<void> {
  const target = sshTarget(node, await loginOf(node, input, context), flags)
  await checkIdentity(flags.identityFile, context)
  if (node.enrolment === 'contested') {
    context.warn(`a second machine tried to pass itself off as ${node.name} when it enrolled`)
  }
  await runSsh({ target, command, tty: flags.tty === true }, context)
}

async function loginOf(
  node: Node,
  input: ProviderInput | undefined,
  context: Context,
): Promise<Login> {
  if (input?.provider.abilities.login !== true || node.machine === null) return {}
  const scope = await openProviderScope({ input, context, region: node.machine.region })
  return findLogin(node, scope)
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
