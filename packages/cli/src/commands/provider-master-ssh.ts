import { ProvisionError } from '@kontena/core'
import { z } from 'zod'
import { parseFlags, type RawFlags } from '../options/parse-flags.ts'
import { readHostKeys } from '../ssh/host-key.ts'
import { runSsh } from '../ssh/run-ssh.ts'
import { chooseMaster, type MastersScope, openMasters } from './provider-master-input.ts'

const flags = z.object({
  name: z.string().optional(),
  command: z.array(z.string()),
  tty: z.boolean().default(false),
})

/** `kontena <provider> master ssh` */
export async function openMasterShell(typed: RawFlags, scope: MastersScope): Promise<void> {
  const { context } = scope
  const { tty, command, ...parsed } = parseFlags(flags, typed)
  const session = await openMasters(scope)
  const { name } = await chooseMaster(session, parsed.name, scope)
  const login = await session.login(name, { signal: context.signal })
  const hostKeys = readHostKeys(login.hostKeys)
  const { address, user, port, identityFile, jump } = login
  if (address === undefined || user === undefined || hostKeys.length === 0) {
    throw new ProvisionError('NOT_SUPPORTED', `nobody knows how to log in to ${name} safely`, {
      hint: 'its setup did not come to its end; take it away and make another',
    })
  }
  const target = { name, address, user, port, identityFile, jump, hostKeys }
  await runSsh({ target, command: command[0] === '--' ? command.slice(1) : command, tty }, context)
}
