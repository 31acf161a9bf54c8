import { afterEach, expect, test, vi } from 'vitest'
import { findEndpoint } from '../src/endpoint.ts'

afterEach(() => vi.unstubAllEnvs())

test('Azure itself is asked where nothing else is said', () => {
  vi.stubEnv('AZURE_RESOURCE_MANAGER_ENDPOINT', '')
  expect(findEndpoint()).toEqual({
    url: 'https://management.azure.com',
    scope: 'https://management.azure.com/.default',
    isLoopback: false,
    isPlainHttp: false,
  })
})

test('another Azure cloud takes tokens for itself', () => {
  vi.stubEnv('AZURE_RESOURCE_MANAGER_ENDPOINT', 'https://management.chinacloudapi.cn/')
  expect(findEndpoint()).toMatchObject({
    url: 'https://management.chinacloudapi.cn',
    scope: 'https://management.chinacloudapi.cn/.default',
  })
})

test.each(['http://127.0.0.1:8080', 'http://localhost:1/', 'http://[::1]:9'])(
  '%s may be plain http, and takes the usual tokens',
  (url) => {
    expect(findEndpoint(url)).toMatchObject({
      isLoopback: true,
      isPlainHttp: true,
      scope: 'https://management.azure.com/.default',
    })
  },
)

test.each([
  ['http://example.com', 'no https address'],
  ['http://127.0.0.1.example.com', 'no https address'],
  ['ftp://127.0.0.1', 'no https address'],
  ['https://user:secret@example.com', 'more than an address'],
  ['nonsense', 'no https address'],
])('%s is refused', (url, why) => {
  let failure: unknown
  try {
    findEndpoint(url)
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ code: 'BAD_OPTIONS', message: expect.stringContaining(why) })
  expect(JSON.stringify(failure)).not.toContain('secret')
})
