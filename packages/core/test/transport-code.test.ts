import { expect, test } from 'vitest'
import { isTransportCode } from '../src/transport-code.ts'

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'EPROTO',
  'ERR_PROXY_TUNNEL',
  'HPE_INVALID_CONSTANT',
  'CERT_HAS_EXPIRED',
])('%s is about the way', (code) => {
  expect(isTransportCode(code)).toBe(true)
})

test.each(['', 'ENOENT', 'EACCES', 'ERR_INVALID_ARG_TYPE', 'ECONNRESET!'])('%j is not', (code) => {
  expect(isTransportCode(code)).toBe(false)
})
