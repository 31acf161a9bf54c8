/** Where a browser goes at the end of a login: a command's listener on that computer, or our page. */
export type LoginTarget = { readonly page: true } | { readonly page: false; readonly url: string }

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Undefined for what a code must not go to: an address of anybody else. */
export function loginTarget(redirectUri: string | undefined): LoginTarget | undefined {
  if (redirectUri === undefined || redirectUri === '') return { page: true }
  // Only the path counts of one that leads here, because the browser is here already.
  const base = 'http://master.invalid'
  if (!URL.canParse(redirectUri, base)) return undefined
  const url = new URL(redirectUri, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (localHosts.has(url.hostname) && url.username === '' && url.pathname !== '/code') {
    return { page: false, url: url.href }
  }
  return url.pathname === '/code' ? { page: true } : undefined
}

/** The address with the code: behind `#` on our own page, so that no server's log gets it. */
export function targetWithCode(
  target: LoginTarget,
  { code, serverName }: { code: string; serverName: string | undefined },
): string {
  if (target.page) return `/code#${new URLSearchParams({ code })}`
  const url = new URL(target.url)
  url.searchParams.set('code', code)
  if (serverName !== undefined) url.searchParams.set('server_name', serverName)
  return url.href
}
