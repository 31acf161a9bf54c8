import type { ComputeManagementClient } from '@azure/arm-compute'
import type { NetworkManagementClient } from '@azure/arm-network'
import type { ResourceManagementClient } from '@azure/arm-resources'
import type { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import type { DeploymentsClient } from '@azure/arm-resourcesdeployments'
import { type Call, once, type RateBudget, rejectOnAbort } from '@kontena/core'
import { unreadable } from './arm-error.ts'
import { openCredential } from './credential.ts'
import { type ArmEndpoint, findEndpoint } from './endpoint.ts'
import { explain } from './errors.ts'
import type { Question } from './explanations.ts'
import type { AzureAccess } from './options.ts'
import { clientOptions, onBehalfOf, sdkBearerPolicy } from './pipeline.ts'
import { chooseSubscription } from './subscriptions.ts'

type Ask<Client> = <Answer>(
  question: Question & Call,
  send: (client: Client) => Promise<Answer>,
) => Promise<Answer>

/**
 * Asks Azure one question; what fails comes back as a `ProvisionError`, an abort as it is. Each SDK is
 * loaded when the first question is for it.
 */
export interface Cloud {
  /** Id of the subscription that all is about. */
  subscription(call: Call): Promise<string>
  readonly endpoint: () => ArmEndpoint
  readonly compute: Ask<ComputeManagementClient>
  readonly network: Ask<NetworkManagementClient>
  readonly groups: Ask<ResourceManagementClient>
  readonly deployments: Ask<DeploymentsClient>
  /** Asked before a request to another address than ARM's. */
  readonly admit: (signal: AbortSignal) => Promise<void>
  /** About subscriptions, which needs none to be chosen. */
  readonly subscriptions: Ask<SubscriptionClient>
}

/** Clients are made on first use, so that wrong options reject a call and not the opening. */
export function openCloud(access: AzureAccess, rate: RateBudget): Cloud {
  const credential = openCredential(access.tenantId)
  const settings = lazily(() => {
    const endpoint = findEndpoint()
    return { endpoint, options: clientOptions(endpoint, { credential, rate }) }
  })
  const prepare = <Client extends { pipeline: { removePolicy(of: { name: string }): unknown } }>(
    client: Client,
  ): Client => {
    if (settings().endpoint.isPlainHttp) client.pipeline.removePolicy({ name: sdkBearerPolicy })
    return client
  }
  const asker = <Client>(open: (call: Call) => Promise<Client>): Ask<Client> => {
    const client = once(open)
    return async (question, send) => {
      const { signal } = question
      try {
        signal.throwIfAborted()
        const answer = onBehalfOf(signal, async () => send(await client({ signal })))
        // The SDK looks for credentials without the signal.
        return await rejectOnAbort(answer, signal)
      } catch (error) {
        throw signal.aborted ? signal.reason : explain(readable(error), question)
      }
    }
  }

  const subscriptions: Cloud['subscriptions'] = asker(async () => {
    const { SubscriptionClient } = await import('@azure/arm-resources-subscriptions')
    return prepare(new SubscriptionClient(credential, settings().options))
  })
  const subscription = once((call) => chooseSubscription({ subscriptions }, access, call))
  return {
    subscription,
    endpoint: () => settings().endpoint,
    admit: (signal) => rate.admit(signal),
    subscriptions,
    compute: asker(async (call) => {
      const [{ ComputeManagementClient }, id] = await Promise.all([
        import('@azure/arm-compute'),
        subscription(call),
      ])
      return prepare(new ComputeManagementClient(credential, id, settings().options))
    }),
    network: asker(async (call) => {
      const [{ NetworkManagementClient }, id] = await Promise.all([
        import('@azure/arm-network'),
        subscription(call),
      ])
      return prepare(new NetworkManagementClient(credential, id, settings().options))
    }),
    groups: asker(async (call) => {
      const [{ ResourceManagementClient }, id] = await Promise.all([
        import('@azure/arm-resources'),
        subscription(call),
      ])
      return prepare(new ResourceManagementClient(credential, id, settings().options))
    }),
    deployments: asker(async (call) => {
      const [{ DeploymentsClient }, id] = await Promise.all([
        import('@azure/arm-resourcesdeployments'),
        subscription(call),
      ])
      return prepare(new DeploymentsClient(credential, id, settings().options))
    }),
  }
}

/** The SDKs read answers without looking first whether they are what they should be. */
function readable(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error
  const answer = unreadable(200)
  answer.cause = error
  return answer
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
