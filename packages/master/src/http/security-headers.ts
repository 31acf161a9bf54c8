/**
 * What every answer says to browsers, which the API does not need but an attacker's page might use: it is
 * no page, goes into no frame, and is kept nowhere. Routes that answer otherwise replace single headers.
 * As the OWASP REST Security Cheat Sheet has them.
 */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** With TLS, browsers come by TLS only for half a year from here (RFC 6797). Never for hosts below this one. */
export const strictTransport = { 'strict-transport-security': 'max-age=15552000' } as const
