import { certificateHint, type FailureCode, isCertificateCode } from '@kontena/core'
import type { UpcloudError } from '@kontena/upcloud-api'

/** What was asked of UpCloud, as a message names it. */
export interface Question {
  /** A verb, as in `make`. */
  readonly doing: string
  /** A noun, as in `network kontena-blue`. */
  readonly about: string
}

export interface Failed {
  readonly code: FailureCode
  readonly error: UpcloudError
  readonly question: Question
}

export interface Explanation {
  readonly message: string
  readonly hint?: string
}

/** What a person reads instead of the API's text, made of the code, the question and the thing's name. */
export function describeFailure(failed: Failed): Explanation {
  return explanations[failed.code]?.(failed) ?? describeRefused(failed)
}

const explanations: Partial<Record<FailureCode, (failed: Failed) => Explanation>> = {
  BAD_CREDENTIALS: () => ({
    message: 'UpCloud does not accept these credentials',
    hint: 'check that the token has not expired, and that API access is enabled for the account and from this address: https://hub.upcloud.com/account/permissions',
  }),
  ACCESS_DENIED: ({ error, question }) => ({
    message: `these credentials lack the right to ${question.doing} ${question.about}${codeIn(error)}`,
    hint: 'give the sub-account that permission in the UpCloud control panel, under People',
  }),
  ACCOUNT_NOT_READY: describeAccount,
  RATE_LIMITED: ({ question }) => ({
    message: `UpCloud takes no more requests to ${question.doing} ${question.about} for now`,
    hint: 'wait a minute, then repeat the command',
  }),
  NO_CAPACITY: ({ error, question }) => ({
    message: `UpCloud has no room left for ${question.about}${codeIn(error)}`,
    hint: 'use another --zone or --plan, or repeat later',
  }),
  QUOTA_EXCEEDED: ({ error, question }) => ({
    message: `a limit of the account is reached for ${question.about}${codeIn(error)}`,
    hint: "ask UpCloud's support for a higher limit, or for fewer or smaller machines",
  }),
  BUSY: ({ error, question }) => ({
    message: `${question.about} is in use or changing${codeIn(error)}`,
    hint: 'repeat the command in a minute',
  }),
  NAME_TAKEN: ({ error, question }) => ({
    message: `${question.about} exists already${codeIn(error)}`,
    hint: 'give another name, or take the one that is there away',
  }),
  NOT_FOUND: describeUnknown,
  UNAVAILABLE: describeUnavailable,
}

function describeAccount({ error, question }: Failed): Explanation {
  return error.code.startsWith('TRIAL')
    ? {
        message: `a trial account cannot ${question.doing} ${question.about}${codeIn(error)}`,
        hint: 'end the trial with a payment in the UpCloud control panel, or use a smaller --plan',
      }
    : {
        message: `the account has no credit left to ${question.doing} ${question.about}${codeIn(error)}`,
        hint: 'add credit in the UpCloud control panel, then repeat the command',
      }
}

/** What a code is about, which need not be what was asked about: a server names many things. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^NETWORK_/, 'network'],
  [/^PLAN_/, 'plan'],
  [/^STORAGE_/, 'storage'],
  [/^ZONE_/, 'zone'],
]

function describeUnknown({ error, question }: Failed): Explanation {
  const kind = kinds.find(([code]) => code.test(error.code))?.[1]
  const isAsked = kind === undefined || question.about.startsWith(kind)
  return {
    message: isAsked
      ? `UpCloud does not know ${question.about}${codeIn(error)}`
      : `UpCloud does not know a ${kind} that ${question.about} needs${codeIn(error)}`,
    hint: 'it may be in another account or zone, or be gone',
  }
}

function describeUnavailable({ error, question }: Failed): Explanation {
  const why =
    error.kind === 'refused'
      ? `HTTP ${error.status}`
      : error.kind === 'network' && error.code !== ''
        ? error.code
        : { timeout: 'no answer in time', network: 'connection lost', unreadable: 'unreadable' }[
            error.kind
          ]
  return {
    message: `UpCloud gave no usable answer when asked to ${question.doing} ${question.about} (${why})`,
    hint: isCertificateCode(error.code)
      ? certificateHint
      : 'check the network, then repeat the command',
  }
}

function describeRefused({ error, question }: Failed): Explanation {
  const names = error.invalidParams.map(({ name }) => name.replace(/[^\w.-]/g, '').slice(0, 40))
  const where = names.length === 0 ? '' : `, parameter ${names.join(', ')}`
  const code = error.code === '' ? `HTTP ${error.status}` : error.code
  return {
    message: `UpCloud refuses to ${question.doing} ${question.about} (${code}${where})`,
    hint: 'check the options that describe it',
  }
}

function codeIn({ code }: UpcloudError): string {
  return code === '' ? '' : ` (${code})`
}
