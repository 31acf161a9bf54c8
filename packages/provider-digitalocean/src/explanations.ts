import { certificateHint, type FailureCode, isCertificateCode } from '@kontena/core'
import type { ApiError } from './api-error.ts'

/** What is asked of DigitalOcean: the scope it takes, and what it is about, as a message names it. */
export interface Question {
  /** Scope of a token, as in `droplet:create`. */
  readonly scope: string
  /** A noun, as in `machine 3164444`. */
  readonly about: string
}

export interface Failed {
  readonly code: FailureCode
  readonly error: ApiError
  readonly question: Question
}

export interface Explanation {
  readonly message: string
  readonly hint?: string
}

/** What a person reads instead of the answer's text, made of the code, the scope and the thing's name. */
export function describeFailure(failed: Failed): Explanation {
  return explanations[failed.code]?.(failed) ?? describeRefused(failed)
}

const explanations: Partial<Record<FailureCode, (failed: Failed) => Explanation>> = {
  BAD_CREDENTIALS: () => ({
    message: 'DigitalOcean does not accept this token',
    hint: 'it may be revoked or expired: make another under API in the control panel',
  }),
  // A refusal names no scope, so this is the one that the call takes.
  ACCESS_DENIED: ({ question }) => ({
    message: `this token lacks the scope ${question.scope} for ${question.about}`,
    hint: `make a token with the scope ${question.scope} under API in the control panel`,
  }),
  ACCOUNT_NOT_READY: ({ question }) => ({
    message: `DigitalOcean wants the account put in order before ${question.about}`,
    hint: 'sign in to the control panel, see to its notice (payment, verification, lock), then repeat',
  }),
  RATE_LIMITED: ({ question }) => ({
    message: `DigitalOcean takes no more requests for now, so none for ${question.about}`,
    hint: 'wait a minute, then repeat the command',
  }),
  NO_CAPACITY: ({ question }) => ({
    message: `DigitalOcean has no room for ${question.about}`,
    hint: 'use another --size or --region, or repeat later',
  }),
  QUOTA_EXCEEDED: ({ question }) => ({
    message: `a limit of the account is reached for ${question.about}`,
    hint: 'ask for a higher limit in the control panel under Settings, or for fewer machines',
  }),
  BUSY: ({ question }) => ({
    message: `${question.about} is in use or changing`,
    hint: 'repeat the command in a minute',
  }),
  NAME_TAKEN: ({ question }) => ({ message: `${question.about} exists already` }),
  NOT_FOUND: ({ question }) => ({
    message: `DigitalOcean does not know ${question.about}`,
    hint: 'it may be of another account or team, or be gone',
  }),
  UNAVAILABLE: describeUnavailable,
}

function describeUnavailable({ error, question }: Failed): Explanation {
  const { transport, status } = error
  const why = transport ?? (status === 200 ? 'broken answer' : `HTTP ${status}`)
  return {
    message: `DigitalOcean gave no usable answer for ${question.about} (${why})`,
    hint: hintFor(transport),
  }
}

function hintFor(transport: string | undefined): string {
  if (transport === undefined) return 'see status.digitalocean.com, then repeat the command'
  if (isCertificateCode(transport)) {
    return certificateHint
  }
  return 'check the network, then repeat the command; behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1'
}

/** What a refusal may name; its text may quote what was sent, so none of it is shown. */
const subjects = ['image', 'size', 'region', 'user data', 'tag', 'vpc', 'ssh key', 'name', 'backup']

function describeRefused({ error, question }: Failed): Explanation {
  const text = error.message.toLowerCase().replaceAll('_', ' ')
  const subject = subjects.find((word) => text.includes(word))
  const where = subject === undefined ? '' : `, about its ${subject}`
  return {
    message: `DigitalOcean refuses ${question.about} (HTTP ${error.status}${where})`,
    hint: 'check the options that describe it',
  }
}
