/** What we know of an error of the SDK. Its text is not for people: it may quote the request. */
export interface AwsError {
  readonly name: string
  readonly message: string
  /** Node's code, where the request or its answer was lost on the way. */
  readonly transport: string | undefined
  readonly status: number | undefined
}

export function readAwsError(error: Error): AwsError {
  const metadata = '$metadata' in error ? error.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return {
    name: error.name,
    message: error.message,
    transport: isNetworkCode(code) || isCertificateCode(code) ? code : undefined,
    status: typeof status === 'number' ? status : undefined,
  }
}

/** Whether the connection was refused by us, since nobody we trust vouches for the other side. */
export function isCertificateCode(code: string): boolean {
  return /CERT|^UNABLE_TO_|^ERR_(TLS|SSL)_/.test(code)
}

function isNetworkCode(code: string): boolean {
  return /^(ECONN[A-Z]+|EPIPE|EPROTO|ENOTFOUND|EAI_[A-Z]+|ETIMEDOUT|EHOST[A-Z]+|ENET[A-Z]+)$/.test(
    code,
  )
}
