/** A token (`ucat_…`), or a name and password of an account whose API access is enabled. */
export type UpcloudCredentials =
  | { readonly token: string; readonly username?: undefined; readonly password?: undefined }
  | { readonly username: string; readonly password: string; readonly token?: undefined }

export interface Authorization {
  /** Value of the header. */
  readonly header: string
  /** What must never be seen in a message. */
  readonly secrets: readonly string[]
}

/** Throws a `TypeError` that names no value for what cannot stand in a header. */
export function authorize(credentials: UpcloudCredentials): Authorization {
  if (credentials.token !== undefined) {
    const { token } = credentials
    // fetch would quote the header, and the token with it.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError('the UpCloud token is malformed')
    return { header: `Bearer ${token}`, secrets: [token] }
  }
  const { username, password } = credentials
  if (username === '' || username.includes(':')) {
    throw new TypeError('the UpCloud username is malformed')
  }
  if (password === '') throw new TypeError('the UpCloud password is empty')
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  return { header: `Basic ${basic}`, secrets: [password, basic] }
}

/** The text with every secret in it covered. */
export function coverSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((covered, secret) => covered.replaceAll(secret, '***'), text)
}
