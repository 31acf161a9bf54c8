import { certificateHint, type FailureCode, isCertificateCode } from '@kontena/core'
import type { AzureError } from './azure-error.ts'

/** What was asked of Azure: the right it takes, and what it is about, as a message names it. */
export interface Question {
  /** As in `Microsoft.Compute/virtualMachines/delete`. */
  readonly action: string
  /** A noun, as in `machine web-1`. */
  readonly about: string
  /** The command that accepts the terms which this may turn out to want accepted. */
  readonly acceptTerms?: string
}

export interface Failed {
  readonly code: FailureCode
  readonly error: AzureError
  readonly question: Question
}

export interface Explanation {
  readonly message: string
  readonly hint?: string
}

/** What a person reads instead of ARM's text, made of the code, the action and the thing's name. */
export function describeFailure(failed: Failed): Explanation {
  return explanations[failed.code]?.(failed) ?? describeRefused(failed)
}

const explanations: Partial<Record<FailureCode, (failed: Failed) => Explanation>> = {
  NO_CREDENTIALS: describeMissingCredentials,
  BAD_CREDENTIALS: describeBadCredentials,
  ACCESS_DENIED: describeDenied,
  ACCOUNT_NOT_READY: describeNotReady,
  RATE_LIMITED: ({ question }) => ({
    message: `Azure takes no more requests for now (${question.action})`,
    hint: 'wait a minute, then repeat the command',
  }),
  NO_CAPACITY: describeNoCapacity,
  QUOTA_EXCEEDED: ({ error, question }) => ({
    message: `a quota of the subscription is reached for ${question.about} (${error.code})`,
    hint: 'see it with az vm list-usage --location LOCATION, ask for more under Quotas in the Azure portal, or make fewer or smaller machines',
  }),
  BUSY: ({ error, question }) => ({
    message: `${question.about} is in use or changing (${error.code})`,
    hint: 'repeat the command in a minute',
  }),
  NAME_TAKEN: ({ error, question }) => ({
    message: `${question.about} exists already, in another location (${error.code})`,
    hint: 'give another --resource-group, or the --location it is in',
  }),
  NOT_FOUND: ({ error, question }) => ({
    message: `Azure does not know ${question.about} (${error.code})`,
    hint: 'it may be in another subscription or location, or be gone',
  }),
  UNAVAILABLE: describeUnavailable,
}

function describeMissingCredentials({ error }: Failed): Explanation {
  if (error.code === 'ExpiredAuthenticationToken') {
    return {
      message: 'the Azure login has expired',
      hint: "run az login, and check this computer's clock",
    }
  }
  if (/az login|AADSTS(50076|50079|50173|700082|70043|50078)/.test(error.message)) {
    return { message: 'the Azure login is missing or has expired', hint: 'run az login' }
  }
  return {
    message: 'no Azure credentials found',
    hint: 'run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
  }
}

function describeBadCredentials({ error }: Failed): Explanation {
  if (error.code === 'InvalidAuthenticationTokenTenant') {
    return {
      message: 'these Azure credentials are for another tenant than the subscription',
      hint: 'give --tenant-id, or run az login --tenant TENANT',
    }
  }
  const why = /AADSTS\d+/.exec(error.message)?.[0]
  return {
    message: `Azure does not accept these credentials${why === undefined ? '' : ` (${why})`}`,
    hint: "run az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and this computer's clock",
  }
}

function describeDenied({ error, question }: Failed): Explanation {
  switch (error.code) {
    case 'ScopeLocked':
      return {
        message: `a lock keeps ${question.about} from being changed`,
        hint: 'see it with az lock list, and remove it with az lock delete',
      }
    case 'RequestDisallowedByPolicy':
    case 'DisallowedByPolicy':
      return {
        message: `a policy of the subscription refuses ${question.about}`,
        hint: 'see the policies with az policy assignment list, and ask who administers them',
      }
    default: {
      // A deployment takes further rights; ARM names the one it missed.
      const right = /action '([\w./]+)'/.exec(error.message)?.[1] ?? question.action
      return {
        message: `these credentials lack the right ${right} for ${question.about}`,
        hint: 'give them the role Contributor on the resource group or the subscription, or a role with that right',
      }
    }
  }
}

function describeNotReady({ error, question }: Failed): Explanation {
  const namespace = /Microsoft\.[A-Za-z]+/.exec(error.message)?.[0] ?? namespaceOf(question)
  if (/Registration|NotRegistered|NoRegisteredProvider/.test(error.code)) {
    return {
      message: `the subscription is not registered for ${namespace}`,
      hint: `run az provider register --namespace ${namespace} --wait`,
    }
  }
  if (error.code === 'ReadOnlyDisabledSubscription') {
    return {
      message: 'the subscription is disabled and can only be read',
      hint: 'turn it on again under Subscriptions in the Azure portal',
    }
  }
  return {
    message: `Azure wants the terms of the image accepted for ${question.about} (${error.code})`,
    hint: `run ${question.acceptTerms ?? 'az vm image terms accept --urn URN'}, then repeat the command`,
  }
}

function namespaceOf({ action }: Question): string {
  return action.split('/')[0] ?? 'Microsoft.Compute'
}

function describeNoCapacity({ error, question }: Failed): Explanation {
  if (/^Subnet/.test(error.code)) {
    return {
      message: `the subnet has too few free addresses for ${question.about}`,
      hint: 'use a larger subnet with --network and --subnet',
    }
  }
  return {
    message: `Azure has no room left for ${question.about} (${error.code})`,
    hint: 'use another --zone, --size or --location, or repeat later',
  }
}

function describeUnavailable({ error, question }: Failed): Explanation {
  const why = error.transport ?? (error.status === undefined ? error.code : `HTTP ${error.status}`)
  return {
    message: `Azure gave no usable answer to ${question.action} for ${question.about} (${why})`,
    hint: isCertificateCode(why)
      ? certificateHint
      : 'check the network and HTTPS_PROXY, then repeat the command',
  }
}

function describeRefused({ error, question }: Failed): Explanation {
  // ARM names the parameter in its text only; the value stays out.
  const parameter = /parameter '?([A-Za-z.]{1,60})/i.exec(error.message)?.[1]
  const where = parameter === undefined ? '' : `, parameter ${parameter}`
  return {
    message: `Azure refuses ${question.action} for ${question.about} (${error.code}${where})`,
    hint: 'check the options that describe it',
  }
}
