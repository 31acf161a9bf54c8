import { isCertificateCode } from './untrusted-certificate.ts'

const network =
  /^(ECONN[A-Z]+|EPIPE|EPROTO|ENOTFOUND|EAI_[A-Z]+|ETIMEDOUT|EHOST[A-Z]+|ENET[A-Z]+|ERR_PROXY_[A-Z]+|HPE_[A-Z_]+)$/

/** Whether a code of Node's says that a request or its answer was lost on the way. */
export function isTransportCode(code: string): boolean {
  return network.test(code) || isCertificateCode(code)
}
