import { type Call, once, ProvisionError, type RateBudget } from '@kontena/core'
import { openUpcloudClient, type UpcloudClient } from '@kontena/upcloud-api'
import { findCredentials } from './credentials.ts'
import { findEndpoint } from './endpoint.ts'
import { explain } from './errors.ts'
import type { Question } from './explanations.ts'
import type { UpcloudAccess } from './options.ts'

/** Asks UpCloud one question; what fails comes back as a `ProvisionError`, an abort as it is. */
export interface Cloud {
  ask<Answer>(
    question: Question & Call,
    send: (client: UpcloudClient, options: Call) => Promise<Answer>,
  ): Promise<Answer>
  /** Throws `BAD_OPTIONS` where none is set. */
  zone(): string
  isLocal(): boolean
}

/** The client is made on first use, so that wrong options reject a call and not the opening. */
export function openCloud(access: UpcloudAccess, rate: RateBudget): Cloud {
  const client = once((call) => openClient(access, rate, call))
  return {
    ask: async ({ signal, ...question }, send) => {
      signal.throwIfAborted()
      try {
        return await send(await client({ signal }), { signal })
      } catch (error) {
        throw signal.aborted ? error : explain(error, question)
      }
    },
    zone: () => {
      if (access.zone !== undefined) return access.zone
      throw new ProvisionError('BAD_OPTIONS', 'no UpCloud zone is set', {
        hint: 'give --zone, as in --zone fi-hel1, or set UPCLOUD_ZONE',
      })
    },
    isLocal: () => findEndpoint().isLocal,
  }
}

async function openClient(
  access: UpcloudAccess,
  rate: RateBudget,
  call: Call,
): Promise<UpcloudClient> {
  const { url } = findEndpoint()
  const credentials = await findCredentials(access, call)
  try {
    return openUpcloudClient({
      ...credentials,
      baseUrl: url,
      userAgent: 'kontena',
      // UpCloud documents no rate and no headers about it; only what it refuses tells.
      onRequest: ({ signal }) => rate.admit(signal ?? call.signal),
    })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new ProvisionError('BAD_CREDENTIALS', error.message, {
      hint: 'copy it once more, without spaces or line breaks',
    })
  }
}
