import { ProvisionError } from '@kontena/core'

/** A master's URL without its last slash. Throws `BAD_OPTIONS`; never shows a password in it. */
export function parseMasterUrl(text: string): string {
  const url = URL.parse(text)
  const isRight =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === ''
  if (isRight) return url.origin
  const shown = url?.host ? `${url.protocol}//${url.host}` : text
  throw new ProvisionError('BAD_OPTIONS', `${shown} is not the URL of a master`, {
    hint: 'write scheme, host and perhaps a port and no more, as in https://master.example.com:9292',
  })
}

/** Whether two URLs, perhaps typed by hand long ago, mean the same master. */
export function isSameMaster(one: string, other: string): boolean {
  return originOf(one) === originOf(other)
}

function originOf(text: string): string {
  return URL.parse(text)?.origin ?? text
}
