/** Whether the connection was refused by us, since nobody we trust vouches for the other side. */
export function isCertificateCode(code: string): boolean {
  return /CERT|^UNABLE_TO_|^ERR_(TLS|SSL)_/.test(code)
}

/** The way on from there: most often a proxy vouches for every side itself. */
export const certificateHint = 'name the certificate authority of your proxy in NODE_EXTRA_CA_CERTS'
