import { describe, expect, test } from 'vitest'
import { findEndpoint } from '../src/endpoint.ts'

describe('the endpoint', () => {
  test.each([
    [undefined, 'https://api.digitalocean.com/v2', false],
    ['', 'https://api.digitalocean.com/v2', false],
    ['https://do.example.com', 'https://do.example.com/v2', false],
    ['https://do.example.com/v2/', 'https://do.example.com/v2', false],
    ['https://do.example.com/proxy/', 'https://do.example.com/proxy/v2', false],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v2', true],
    ['http://127.9.9.9/v2', 'http://127.9.9.9/v2', true],
    ['http://localhost:1', 'http://localhost:1/v2', true],
    ['http://do.localhost:1', 'http://do.localhost:1/v2', true],
    ['http://[::1]:1', 'http://[::1]:1/v2', true],
    ['https://127.0.0.1', 'https://127.0.0.1/v2', true],
  ])('of %s is %s', (text, url, isLocal) => {
    expect(findEndpoint(text)).toEqual({ url, isLocal })
  })

  test.each([
    'http://do.example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://127.0.0.1',
    'do.example.com',
    'nonsense',
    'https://me:secret@do.example.com',
    'https://do.example.com/?a=b',
    'https://do.example.com/#top',
  ])('cannot be %s', (text) => {
    expect(() => findEndpoint(text)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTIONS',
        message: expect.stringMatching(/^DIGITALOCEAN_API_URL (is|holds)/),
      }),
    )
  })
})
