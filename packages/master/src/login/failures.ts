import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendFailurePage } from './pages.ts'

/** Why a login in a browser ends without a code. */
export interface LoginFailure {
  readonly status: number
  /** As OAuth2 names it. */
  readonly error: string
  /** For people, without a full stop. */
  readonly message: string
}

export const badTarget: LoginFailure = {
  status: 400,
  error: 'invalid_request',
  message: 'The redirect_uri is neither on localhost nor the page /code of this master',
}

export const badInvitation: LoginFailure = {
  status: 403,
  error: 'access_denied',
  message: 'This invitation is unknown, too old or has been used',
}

export const noProvider: LoginFailure = {
  status: 501,
  error: 'server_error',
  message: 'Authentication provider not configured',
}

export const unknownLogin: LoginFailure = {
  status: 400,
  error: 'invalid_request',
  message: 'This login was not begun in this browser, took too long, or has ended',
}

/** The provider sent the browser back without a code. */
export function refusedThere(error: string | undefined): LoginFailure {
  const reason = error === undefined ? '' : `: ${error}`
  const message = `The login provider let nobody in${reason}`
  return { status: 403, error: 'access_denied', message }
}

export function brokenProvider(message: string): LoginFailure {
  return { status: 502, error: 'server_error', message }
}

/** Who logged in there, and is nobody here. */
export function stranger(who: string): LoginFailure {
  const message = `${who} is no user of this master, and needs an invitation`
  return { status: 403, error: 'access_denied', message }
}

/** As JSON for programs, and as a page for people. */
export function sendLoginFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, error, message }: LoginFailure,
) {
  reply.code(status)
  const isBrowser = request.headers.accept?.includes('text/html') === true
  return isBrowser
    ? sendFailurePage(reply, message)
    : reply.send({ error, error_description: message })
}
