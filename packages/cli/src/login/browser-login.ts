import { ProvisionError } from '@kontena/core'
import { type MasterClient, openMasterClient } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { given } from '../options/given.ts'
import { version } from '../version.ts'
import { listenForCode } from './listen-for-code.ts'
import { hasBrowser, openBrowser } from './open-browser.ts'

export interface BrowserLogin {
  /** The browser is on another computer: a person carries the code over. By itself where undefined. */
  readonly remote: boolean | undefined
  /** Seconds that the access token is to live; 0 means for ever. */
  readonly expiresIn: number
}

export interface LoginPlace {
  readonly url: string
  readonly ca: string | undefined
}

/**
 * A one-time code that a login in a browser gave. Rejects with `NOT_SUPPORTED` where the master knows no
 * provider to log in at, and with `BAD_CREDENTIALS` where it does not know the invitation.
 */
export async function codeFromBrowser(
  context: Context,
  place: LoginPlace,
  login: BrowserLogin & { readonly invitation?: string | undefined },
): Promise<string> {
  const isRemote = login.remote ?? !hasBrowser(context.env)
  const query = {
    expires_in: String(login.expiresIn),
    ...(login.invitation === undefined ? {} : { invite_code: login.invitation }),
  }
  await checkOffer(openMasterClient({ ...place, version }), place, { query, context })
  if (isRemote) return codeFromPerson(context, place, query)

  const listener = await listenForCode((redirectUri) =>
    authenticateUrl(place, { ...query, redirect_uri: redirectUri }),
  )
  try {
    context.say(
      'Log in with the browser that opens now, or open this page in one on this computer:',
    )
    context.say(`  ${listener.startUrl}`)
    if (!(await openBrowser(listener.startUrl, context.env))) {
      context.warn('No browser starts here', 'open the page yourself, or try again with --remote')
    }
    return await listener.code(context.signal)
  } finally {
    listener.close()
  }
}

/** The page on the master that shows the code leads there from any computer. */
async function codeFromPerson(
  context: Context,
  place: LoginPlace,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  const page = authenticateUrl(place, { ...query, redirect_uri: `${place.url}/code` })
  context.say('Visit this page with a browser, and bring the code that it shows:')
  context.say(`  ${page}`)
  const code = context.isTTY
    ? await context.prompts.secret({
        message: 'The code',
        check: (answer) => (answer.trim() === '' ? 'type the code that the page shows' : undefined),
      })
    : await context.stdin.line(context.signal)
  const typed = given(code?.trim())
  if (typed !== undefined) return typed
  throw new ProvisionError('BAD_OPTIONS', 'no code was typed', {
    hint: 'give it with --code CODE, or on a line of stdin',
  })
}

/** A browser would show why it cannot go on; a command says it, and what to do instead. */
async function checkOffer(
  client: MasterClient,
  { url }: LoginPlace,
  { query, context }: { query: Readonly<Record<string, string>>; context: Context },
): Promise<void> {
  const offer = await client.browserLogin({ ...query, redirect_uri: `${url}/code` }, context.signal)
  if (offer === 'offered') return
  if (offer === 'bad-invitation') {
    throw new ProvisionError('BAD_CREDENTIALS', `the master at ${url} knows no such invitation`, {
      hint: 'one is good for one user and one week; have a new one made: kontena master user invite EMAIL',
    })
  }
  throw new ProvisionError('NOT_SUPPORTED', `the master at ${url} has no provider to log in at`, {
    hint: 'log in with --code CODE; an administrator makes one with: kontena master token create --code --user EMAIL',
  })
}

function authenticateUrl({ url }: LoginPlace, query: Readonly<Record<string, string>>): string {
  return `${url}/authenticate?${new URLSearchParams(query)}`
}
