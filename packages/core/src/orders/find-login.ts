import type { Node } from '@kontena/protocol'
import { isFailure, ProvisionError } from '../errors.ts'
import type { Login } from '../provider.ts'
import { isHere } from './find-nodes.ts'
import type { Scope } from './scope.ts'

/**
 * How a person logs in to a node's machine, as far as its provider knows better than the record: by its own
 * word, else the public address, which a machine behind a cloud's address translation does not know itself.
 * Rejects with `WRONG_ACCOUNT` where the machine is none of this account's.
 */
export async function findLogin(node: Node, scope: Scope): Promise<Login> {
  const { provider, account, session, signal } = scope
  const { name, machine } = node
  if (machine === null) return {}
  if (!isHere(node, scope)) {
    throw new ProvisionError(
      'WRONG_ACCOUNT',
      `${name} was made in ${machine.account} ${machine.region}, not in ${account.id} ${account.region}`,
      { hint: `log in from where kontena ${provider.name} node create was typed` },
    )
  }
  if (provider.abilities.login !== true || session.login === undefined) {
    const found = await session.find({ ids: [machine.id] }, { signal })
    return { address: found.find(({ id }) => id === machine.id)?.publicAddress }
  }
  try {
    return await session.login(machine.id, { signal })
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return {}
    throw error
  }
}
