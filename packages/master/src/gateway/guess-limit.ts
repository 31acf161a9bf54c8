import type { FailureLimit } from '../http/failure-limit.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { Handshake } from './handshake.ts'

/**
 * Keeps an address from trying tokens until one fits. Agents with an old token try that one for ever,
 * and there may be many good ones behind the same address, so only what is new counts.
 */
export interface GuessLimit {
  /** Whether this address has guessed too often to be heard with a token that is new to us. */
  refuses(address: string, handshake: Handshake): boolean
  failed(address: string, handshake: Handshake): void
  succeeded(address: string, handshake: Handshake): void
}

/** Tokens remembered at once, good and bad each; the longest unused go first. */
const mostTokens = 20_000

export function guessLimit(failures: FailureLimit): GuessLimit {
  const good = new Set<string>()
  const bad = new Set<string>()
  return {
    refuses: (address, handshake) =>
      failures.isReached(address) && !good.has(mark(address, handshake)),
    failed: (address, handshake) => {
      const token = mark(address, handshake)
      good.delete(token)
      if (!bad.has(token)) failures.count(address)
      remember(bad, token)
    },
    succeeded: (address, handshake) => remember(good, mark(address, handshake)),
  }
}

/** An agent that shows no token guesses none, so all of an address count as one. */
function mark(address: string, { token }: Handshake): string {
  return token === undefined ? address : `${address} ${hashSecret(token.secret)}`
}

function remember(tokens: Set<string>, token: string): void {
  tokens.delete(token)
  tokens.add(token)
  const [oldest] = tokens
  if (tokens.size > mostTokens && oldest !== undefined) tokens.delete(oldest)
}
