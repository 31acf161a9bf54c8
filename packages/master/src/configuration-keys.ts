/** What is said of a value that cannot be, or undefined where it can. */
type Check = (value: string) => string | undefined

const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value) ? undefined : `must be one of ${words.join(', ')}`

/** What goes there is secret, so it goes encrypted, or stays on this computer. */
const endpoint: Check = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'must be a URL with https'
  if (url.username !== '' || url.password !== '') return 'must hold no password'
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || isHere ? undefined : 'must be a URL with https'
}

const webAddress: Check = (value) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
    ? undefined
    : 'must be a URL with http or https'

const flag = oneOf('true', 'false')

const path: Check = (value) =>
  value.startsWith('$') ? undefined : 'must be a JSON path, which begins with $'

const checks: Readonly<Record<string, Check>> = {
  'server.root_url': webAddress,
  'server.agent_compatibility': oneOf('1.5'),
  'server.telemetry_enabled': flag,
  'oauth2.authorize_endpoint': endpoint,
  'oauth2.token_endpoint': endpoint,
  'oauth2.token_method': oneOf('post', 'get'),
  'oauth2.token_post_content_type': oneOf('application/json', 'application/x-www-form-urlencoded'),
  'oauth2.code_requires_basic_auth': flag,
  'oauth2.userinfo_endpoint': endpoint,
  'oauth2.userinfo_requires_basic_auth': flag,
  'oauth2.userinfo_username_jsonpath': path,
  'oauth2.userinfo_email_jsonpath': path,
  'oauth2.userinfo_user_id_jsonpath': path,
}

/** Bytes of a value, and of a key. */
const longest = { value: 4_096, key: 128 }

/** Of the 1.5 master: a secret of its own, which nobody reads or writes. */
export function isHiddenKey(key: string): boolean {
  return key === 'server.salt'
}

/**
 * What is wrong with a setting, or undefined. Keys that this master does not know are kept too: 1.5 kept
 * whatever it was given.
 */
export function settingProblem(key: string, value: string | null): string | undefined {
  if (key.length > longest.key || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(key)) {
    return 'is not a key, as server.name is one'
  }
  if (value === null) return undefined
  if (Buffer.byteLength(value) > longest.value) return 'is too long'
  return Object.hasOwn(checks, key) ? checks[key]?.(value) : undefined
}
