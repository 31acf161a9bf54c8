import { expect, test } from 'vitest'
import { isCertificateCode } from '../src/untrusted-certificate.ts'

test.each([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])('%s is about a certificate', (code) => {
  expect(isCertificateCode(code)).toBe(true)
})

test.each(['ECONNRESET', 'ENOTFOUND', ''])('%j is not', (code) => {
  expect(isCertificateCode(code)).toBe(false)
})
