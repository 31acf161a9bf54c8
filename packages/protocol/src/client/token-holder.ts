import { MasterError } from './master-error.ts'
import type { Call, MasterClientOptions } from './requester.ts'
import type { OpenStream } from './stream-opener.ts'

/** The options of a client with the token that it has now. */
export interface TokenHolder {
  readonly options: MasterClientOptions
  /** As the call, with another token once the master says that this one is too old. */
  renewing(call: Call): Call
  renewingStream(open: OpenStream): OpenStream
}

/**
 * Keeps the token of a client, which `renewToken` may replace. Many requests that are refused at once ask
 * for one new token together.
 */
export function tokenHolder(options: MasterClientOptions): TokenHolder {
  const { renewToken } = options
  let token = options.token
  let renewal: Promise<string | undefined> | undefined

  /** Whether there is another token now than the one that was refused. */
  const renew = async (refused: string | undefined): Promise<boolean> => {
    if (renewToken === undefined || refused === undefined) return false
    if (token !== refused) return true
    renewal ??= renewToken(refused).finally(() => {
      renewal = undefined
    })
    const renewed = await renewal
    if (renewed !== undefined) token = renewed
    return token !== refused
  }

  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    const used = token
    try {
      return await ask()
    } catch (error) {
      // 401 is said before anything is done, so that whatever was asked may be asked again.
      const isRefused = error instanceof MasterError && error.status === 401
      if (!isRefused || !(await renew(used))) throw error
      return ask()
    }
  }

  return {
    options: {
      ...options,
      get token() {
        return token
      },
    },
    renewing:
      (call): Call =>
      (path, schema, request) =>
        again(() => call(path, schema, request)),
    renewingStream:
      (open): OpenStream =>
      (path, request) =>
        again(() => open(path, request)),
  }
}
