import { legacyNamePattern } from '@kontena/protocol'
import { parseInterface } from './bootstrap-values.ts'
import { ProvisionError } from './errors.ts'

/** A node that somebody registered, for a machine that is made by hand. */
export interface NodeIdentity {
  readonly name: string
  /** The node's own. */
  readonly token: string
  /** Interface whose address other nodes use; the agent looks for itself where absent. */
  readonly peerInterface?: string | undefined
}

/** What its agent is told of it. Throws `BAD_OPTIONS` for a value that cannot be right. */
export function nodeEnvironment({ name, token, peerInterface }: NodeIdentity) {
  if (!legacyNamePattern.test(name)) {
    throw new ProvisionError('BAD_OPTIONS', `${JSON.stringify(name)} is not a node name`)
  }
  if (/\p{Cc}/u.test(token)) {
    throw new ProvisionError('BAD_OPTIONS', `the token of ${name} has a control character in it`, {
      hint: `give it another with: kontena node reset-token ${name}`,
    })
  }
  return {
    KONTENA_NODE_NAME: name,
    KONTENA_NODE_TOKEN: token,
    ...(peerInterface === undefined
      ? {}
      : { KONTENA_PEER_INTERFACE: parseInterface(peerInterface) }),
  }
}
