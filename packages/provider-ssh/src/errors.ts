import { type FailureCode, isTransportCode, ProvisionError } from '@kontena/core'
import type { Claim } from './claim.ts'

/** What is wrong with one host, in words that go behind its name. */
export interface Problem {
  readonly code: FailureCode
  readonly text: string
  readonly hint: string
}

/** One host's problem as a failure of the whole. */
export function failure(
  host: string,
  { code, text, hint }: Problem,
  cause?: unknown,
): ProvisionError {
  return new ProvisionError(code, `${host} ${text}`, { hint, cause })
}

/** How far a login got, which tells what a lost connection or a refusal means. */
export interface Login {
  readonly user: string
  /** What was tried, in people's words. */
  readonly keys: readonly string[]
  /** Ways of logging in that the server takes; undefined until it was asked. */
  readonly methods: readonly string[] | undefined
  /** The host's key was judged good. */
  readonly trusted: boolean
}

const silent: Problem = {
  code: 'UNAVAILABLE',
  text: 'does not answer',
  hint: 'check the address, that the host is on, and that no firewall stands between',
}

const sockets: Readonly<Record<string, Problem>> = {
  ECONNREFUSED: {
    code: 'UNAVAILABLE',
    text: 'refuses the connection: nothing listens for SSH there',
    hint: 'check the port (--port), and that its SSH server runs',
  },
  ENOTFOUND: {
    code: 'NOT_FOUND',
    text: 'is a name that no name server knows',
    hint: 'check the spelling, or give an address',
  },
  EAI_AGAIN: {
    code: 'UNAVAILABLE',
    text: 'cannot be looked up: no name server answers',
    hint: "check this computer's network",
  },
  ENETUNREACH: { ...silent, text: 'is in a network that cannot be reached from here' },
  EHOSTUNREACH: { ...silent, text: 'cannot be reached from here' },
}

/** Why there is no connection. An error that is not about connections is a bug and comes back as it is. */
export function explainConnection(host: string, error: unknown, login: Login): unknown {
  if (!(error instanceof Error)) return error
  return failure(host, connectionProblem(error, login), error)
}

function connectionProblem(error: Error, login: Login): Problem {
  const { code, level } = detailsOf(error)
  const socket = typeof code === 'string' ? sockets[code] : undefined
  if (socket !== undefined) return socket
  if (level === 'client-authentication' || (login.trusted && isDisconnect(code))) {
    return refusedLogin(login)
  }
  if (level === 'agent') {
    return {
      code: 'BAD_CREDENTIALS',
      text: `gets no login as ${login.user}: the SSH agent does not sign`,
      hint: 'unlock the agent, or name a key file with --key',
    }
  }
  if (level === 'handshake' && /no matching/i.test(error.message)) return noCommonGround
  if (level === 'handshake' || level === 'protocol') return login.trusted ? lost : notSsh
  if (typeof code === 'string' && isTransportCode(code) && code !== 'ETIMEDOUT') return lost
  return silent
}

function refusedLogin({ user, keys, methods }: Login): Problem {
  const takesKeys = methods === undefined || methods.includes('publickey')
  if (!takesKeys) {
    return {
      code: 'BAD_CREDENTIALS',
      text: `lets ${user} in by password only, and passwords are not used here`,
      hint: `put your public key there with: ssh-copy-id ${user}@HOST`,
    }
  }
  return {
    code: 'BAD_CREDENTIALS',
    text: `does not let ${user} in with ${keys.join(', ')}`,
    hint: 'name the right account with --user, or its key with --key',
  }
}

const notSsh: Problem = {
  code: 'UNAVAILABLE',
  text: 'answers, but not as an SSH server',
  hint: 'check the port (--port)',
}

const noCommonGround: Problem = {
  code: 'NOT_SUPPORTED',
  text: 'speaks only ciphers or keys that are not safe any more',
  hint: 'bring its SSH server up to date',
}

/** Nothing is known of what the host did since. */
export const lost: Problem = {
  code: 'UNAVAILABLE',
  text: 'closed the connection in the middle',
  hint: 'repeat the command; it goes on where it stopped',
}

export const tooSlow: Problem = {
  code: 'UNAVAILABLE',
  text: 'takes too long to answer',
  hint: 'see what keeps the host busy, then repeat the command',
}

/** SSH_MSG_DISCONNECT has a number for a reason (RFC 4253, section 11.1), as after too many keys. */
function isDisconnect(code: unknown): boolean {
  return typeof code === 'number'
}

const passwordForSudo: Problem = {
  code: 'ACCESS_DENIED',
  text: 'wants a password for sudo, and nobody types one here',
  hint: 'log in as root with --user root, or let the account use sudo with NOPASSWD',
}

const noSudo: Problem = {
  code: 'ACCESS_DENIED',
  text: 'does not let the account become root',
  hint: 'log in as root with --user root, or give the account sudo without a password',
}

/** A host is one node at most. */
export function claimedBy({
  name,
  owner,
  order,
}: Pick<Claim, 'name' | 'owner' | 'order'>): Problem {
  return {
    code: 'NAME_TAKEN',
    text: `is a node already: ${name} of grid ${owner.grid} (order ${order})`,
    hint: `take it down first with: kontena ssh node terminate ${name} --grid ${owner.grid}; where no master knows it any more, on the host: sudo sh /opt/kontena/remove; sudo rm -r /var/lib/kontena-ssh`,
  }
}

export function agentThere(whose: string): Problem {
  return {
    code: 'NAME_TAKEN',
    text: `has an agent already: ${whose}`,
    hint: 'take it off first with /opt/kontena/remove there, or as it came there',
  }
}

/** Its address leads to a host with another machine-id. */
export const anotherHost: Problem = {
  code: 'WRONG_ACCOUNT',
  text: 'is another host now than the one that the node was made of',
  hint: 'check the network you are in; where the host was made anew, repeat with --forget',
}

/** The same whether it is seen beforehand or met on the way. */
export const readOnlyDisk: Problem = {
  code: 'BAD_OPTIONS',
  text: 'has a disk that is read-only',
  hint: 'see its kernel log for why (dmesg), and mount it again for writing',
}

/** What a step on the host wrote to stderr before it failed, as far as it means something to people. */
const stepTexts: readonly (readonly [RegExp, Problem])[] = [
  [/read-only file system/i, readOnlyDisk],
  [
    /no space left|disk quota exceeded/i,
    { code: 'NO_CAPACITY', text: 'has no room left on its disk', hint: 'make room there first' },
  ],
  [
    /please login as the user/i,
    {
      code: 'BAD_CREDENTIALS',
      text: 'keeps this account closed, and wants another one',
      hint: 'name that with --user: debian, ubuntu, admin or core on the images of most clouds',
    },
  ],
  [/sudo(-rs)?: .*(password|terminal|tty|interactive)/i, passwordForSudo],
  [/sudo: (.* )?not found|not in the sudoers|may not run sudo|not allowed/i, noSudo],
]

/** Why an account cannot become root, by what sudo said to it. */
export function sudoProblem(refusal: string): Problem {
  return /password|terminal|tty|interactive/i.test(refusal) ? passwordForSudo : noSudo
}

/** Why a step on the host failed. The last line of what it said goes into the message where nothing is known. */
export function explainStep(host: string, what: string, stderr: string): ProvisionError {
  const known = stepTexts.find(([text]) => text.test(stderr))
  if (known !== undefined) return failure(host, known[1])
  const last = stderr.trim().split('\n').at(-1) ?? ''
  return failure(host, {
    code: 'MACHINE_FAILED',
    text: `could not ${what}${last === '' ? '' : `: ${last.slice(0, 300)}`}`,
    hint: 'log in there and see what keeps it, then repeat the command',
  })
}

function detailsOf(error: Error): { code: unknown; level: unknown } {
  return {
    code: 'code' in error ? error.code : undefined,
    level: 'level' in error ? error.level : undefined,
  }
}
