/**
 * What a machine asks its cloud's metadata service to learn its own id, where no cloud-init has found that
 * out. All by HTTP, headers written as in `Name: value`.
 */
export interface IdRequests {
  /** A token to be fetched first: by PUT, with the header `request`; it goes into `header` of the others. */
  readonly token?: { readonly url: string; readonly request: string; readonly header: string }
  /** Header of the others where it is no token's. */
  readonly header?: string
  /** Answers in plain text, which make up the id, with slashes in between. */
  readonly urls: readonly string[]
  /** The id is in lower case, however the service spells it. */
  readonly lowerCase?: boolean
}

/** The same for the script `ask-id`, which reads line by line and knows what stands above only. */
export function idRequestsFile({ token, header, urls, lowerCase }: IdRequests): string {
  const lines: (readonly [string, string | undefined])[] = [
    ['lower-case', lowerCase === true ? 'yes' : undefined],
    ['header', header],
    ['token-url', token?.url],
    ['token-request', token?.request],
    ['token-header', token?.header],
    ...urls.map((url) => ['url', url] as const),
  ]
  const text = lines.flatMap(([word, value]) => (value === undefined ? [] : `${word}=${value}\n`))
  if (urls.length === 0 || lines.some(([, value]) => /\p{Cc}/u.test(value ?? ''))) {
    throw new Error('a provider tells its machines in no usable way how to ask for their id')
  }
  return text.join('')
}
