import { certificateHint, type FailureCode, isCertificateCode } from '@kontena/core'
import type { AwsError } from './aws-error.ts'

/** What was asked of AWS: the right it takes, and what it is about, as a message names it. */
export interface Question {
  /** As in `ec2:RunInstances`. */
  readonly action: string
  /** A noun, as in `key pair deploy`. */
  readonly about: string
}

export interface Failed {
  readonly code: FailureCode
  readonly error: AwsError
  readonly question: Question
  /** The profile whose credentials were used, where one was named. */
  readonly profile: string | undefined
}

export interface Explanation {
  readonly message: string
  readonly hint?: string
}

/** What a person reads instead of the SDK's text, made of the code, the action and the thing's name. */
export function describeFailure(failed: Failed): Explanation {
  return explanations[failed.code]?.(failed) ?? describeRefused(failed)
}

const explanations: Partial<Record<FailureCode, (failed: Failed) => Explanation>> = {
  NO_CREDENTIALS: describeMissingCredentials,
  BAD_CREDENTIALS: () => ({
    message: 'AWS does not accept these credentials',
    hint: "check the access key and the secret key, this computer's clock, and that the region is enabled for the account",
  }),
  ACCESS_DENIED: describeDenied,
  ACCOUNT_NOT_READY: ({ question }) => ({
    message: `AWS wants terms accepted or the account completed for ${question.about}`,
    hint: 'sign in to the AWS console, accept the terms of the image or complete the account, then repeat',
  }),
  RATE_LIMITED: ({ question }) => ({
    message: `AWS takes no more ${question.action} requests for now`,
    hint: 'wait a minute, then repeat the command',
  }),
  NO_CAPACITY: describeNoCapacity,
  QUOTA_EXCEEDED: ({ error, question }) => ({
    message: `a limit of the account is reached for ${question.about} (${error.name})`,
    hint: 'ask for a higher limit under Service Quotas in the AWS console, or for fewer or smaller machines',
  }),
  BUSY: ({ error, question }) => ({
    message: `${question.about} is in use or changing (${error.name})`,
    hint: 'repeat the command in a minute',
  }),
  NAME_TAKEN: ({ question }) => ({ message: `${question.about} exists already` }),
  NOT_FOUND: describeUnknown,
  UNAVAILABLE: describeUnavailable,
}

function describeMissingCredentials({ error, profile }: Failed): Explanation {
  const of = profile === undefined ? '' : ` of profile ${profile}`
  const flag = profile === undefined ? '' : ` --profile ${profile}`
  if (/^(ExpiredToken|RequestExpired)/.test(error.name)) {
    return {
      message: `the AWS credentials${of} have expired`,
      hint: `run aws sso login${flag} or get a new session token, and check this computer's clock`,
    }
  }
  if (/multi-factor/i.test(error.message)) {
    return {
      message: `the role${of} asks for a multi-factor code`,
      hint: `get a session first: aws sts get-session-token${flag} --serial-number ARN --token-code CODE`,
    }
  }
  if (/\bsso\b|token is expired|session token/i.test(error.message)) {
    return {
      message: `the AWS login${of} is missing or has expired`,
      hint: `run aws sso login${flag}`,
    }
  }
  if (/aws login|re-?authenticate/i.test(error.message)) {
    return {
      message: `the AWS login${of} is missing or has expired`,
      hint: `run aws login${flag}`,
    }
  }
  if (profile !== undefined) {
    return {
      message: `profile ${profile} gives no AWS credentials`,
      hint: 'see which there are with: aws configure list-profiles',
    }
  }
  return {
    message: 'no AWS credentials found',
    hint: 'give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws configure',
  }
}

function describeDenied({ error, question }: Failed): Explanation {
  if (error.name === 'OperationNotPermitted') {
    return {
      message: `AWS does not permit ${question.action} on ${question.about}`,
      hint: 'end its termination protection: aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ID',
    }
  }
  // One action may take further rights, as tagging does at launch; AWS names the one it missed.
  const right = /perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1] ?? question.action
  return {
    message: `these credentials lack the right ${right} for ${question.about}`,
    hint: /explicit deny/.test(error.message)
      ? `a policy of the account or its organization denies ${right}: ask who administers it`
      : `allow ${right} in an IAM policy of this user or role`,
  }
}

function describeNoCapacity({ error, question }: Failed): Explanation {
  switch (error.name) {
    case 'InsufficientFreeAddressesInSubnet':
      return {
        message: `the subnet has too few free addresses for ${question.about}`,
        hint: 'use another --zone or a larger subnet with --subnet-id',
      }
    case 'Unsupported':
      return {
        message: `AWS does not offer ${question.about}`,
        hint: 'use another --zone or --type',
      }
    default:
      return {
        message: `AWS has no room left for ${question.about}`,
        hint: 'use another --zone or --type, or repeat later',
      }
  }
}

/** What a `NotFound` code is about, which need not be what was asked about: a launch names many things. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^InvalidAMI/, 'image'],
  [/^InvalidGroup/, 'security group'],
  [/^InvalidInstanceID/, 'machine'],
  [/^InvalidInstanceType/, 'instance type'],
  [/^InvalidKeyPair/, 'key pair'],
  [/^InvalidSubnet/, 'subnet'],
  [/^InvalidVpc/, 'VPC'],
]

function describeUnknown({ error, question }: Failed): Explanation {
  const kind = kinds.find(([code]) => code.test(error.name))?.[1]
  const isAsked = kind === undefined || question.about.startsWith(kind)
  return {
    message: isAsked
      ? `AWS does not know ${question.about} (${error.name})`
      : `AWS does not know a ${kind} that ${question.about} need (${error.name})`,
    hint: 'it may be in another region or account, or be gone',
  }
}

function describeUnavailable({ error, question }: Failed): Explanation {
  if (error.name.startsWith('Idempotent')) {
    return {
      message: `an earlier request with the same token has made machines (${error.name})`,
      hint: `they may exist instead of ${question.about}`,
    }
  }
  if (error.isClockWrong) {
    return {
      message: "this computer's clock is minutes off the time of AWS",
      hint: 'set the clock, then repeat the command',
    }
  }
  const why = error.transport ?? (error.status === undefined ? error.name : `HTTP ${error.status}`)
  return {
    message: `AWS gave no usable answer to ${question.action} for ${question.about} (${why})`,
    hint: isCertificateCode(why)
      ? certificateHint
      : 'check --region, the network and HTTPS_PROXY, then repeat the command',
  }
}

function describeRefused({ error, question }: Failed): Explanation {
  // EC2 names the parameter in its text only; the value stays out.
  const parameter = /parameter '?([A-Za-z.]{1,40})/.exec(error.message)?.[1]
  const where = parameter === undefined ? '' : `, parameter ${parameter}`
  return {
    message: `AWS refuses ${question.action} for ${question.about} (${error.name}${where})`,
    hint: 'check the options that describe it',
  }
}
