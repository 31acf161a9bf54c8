import { expect, test } from 'vitest'
import { findEndpoint } from '../src/endpoint.ts'

const at = (url: string) => findEndpoint({ UPCLOUD_DEBUG_API_BASE_URL: url })

test.each([{}, { UPCLOUD_DEBUG_API_BASE_URL: '' }])(
  "is UpCloud's own where nothing is set",
  (env) => {
    expect(findEndpoint(env)).toEqual({ url: 'https://api.upcloud.com', isLocal: false })
  },
)

test.each([
  ['https://api.example.com/', 'https://api.example.com', false],
  ['https://127.0.0.1:8443', 'https://127.0.0.1:8443', true],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', true],
  ['http://localhost:8080/1.3', 'http://localhost:8080', true],
  ['http://sandbox.localhost:8080', 'http://sandbox.localhost:8080', true],
  ['http://[::1]:8080', 'http://[::1]:8080', true],
])('%s is %s', (given, url, isLocal) => {
  expect(at(given)).toEqual({ url, isLocal })
})

test.each(['http://api.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1'])(
  '%s would show credentials to others',
  (url) => {
    expect(() => at(url)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTIONS',
        message: 'UPCLOUD_DEBUG_API_BASE_URL is no https address',
      }),
    )
  },
)

test.each(['api.upcloud.com', 'ftp://127.0.0.1', '::'])('%s is no URL', (url) => {
  expect(() => at(url)).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }))
})
