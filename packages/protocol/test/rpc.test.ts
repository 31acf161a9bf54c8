import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flawOf } from '../src/message-pack-size.ts'
import { decodeFrame, encodeFrame, masterGreeting, type RpcFrame } from '../src/rpc.ts'

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

describe('a frame', () => {
  it.each<RpcFrame>([
    { type: 'request', id: 7, method: '/nodes/update', params: ['id', { a: [1, null, true] }] },
    { type: 'response', id: 7, error: undefined, result: { ok: true } },
    { type: 'response', id: 7, error: { code: 501, error: 'no' }, result: null },
    { type: 'notification', method: '/nodes/stats', params: [] },
  ])('is read as it was written: %o', (frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
  })

  it.each([
    ['nothing', ''],
    ['no list', 'c0'],
    ['a list of another shape', '9203a0'],
    ['a frame with something behind it', '9302a090c0'],
    ['a frame that is cut off', '9302a0'],
    ['a length that is cut off', 'dd00'],
  ])('is refused where it is %s', (_what, hex) => {
    expect(() => decodeFrame(bytes(hex))).toThrow()
  })

  // Each of these lists has the decoder reserve 256 MB before it looks for the first element.
  it('is refused unread where its lists claim more than is there', () => {
    const nested = 'dd01ffffff'.repeat(200)
    expect(() => decodeFrame(bytes(nested))).toThrow('shorter than it claims')
  })
})

describe('the greeting', () => {
  it('counts without an agent that is named by its hash', () => {
    for (const agent_bundle of [undefined, null, 7, 'latest', '../../etc/passwd']) {
      const { version, agent_bundle: hash } = masterGreeting.parse({
        version: '2.0.0',
        agent_bundle,
      })
      expect([version, hash]).toEqual(['2.0.0', undefined])
    }
    expect(masterGreeting.parse({ version: '2.0.0', agent_bundle: 'ab'.repeat(32) })).toEqual({
      version: '2.0.0',
      agent_bundle: 'ab'.repeat(32),
    })
  })
})

describe('what a message claims', () => {
  it('is there in every message that the encoder writes', () => {
    const special = fc.oneof(
      fc.double(),
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }),
    )
    const value = fc.anything({ values: [special, fc.constant(null), fc.boolean()] })
    fc.assert(
      fc.property(value, (any) => {
        const message = encode(any)
        expect(flawOf(message)).toBeUndefined()
        expect(flawOf(message.subarray(0, -1))).toMatch('shorter')
        expect(flawOf(new Uint8Array([...message, 0]))).toBeUndefined()
      }),
    )
  })

  it.each([
    ['long lists', Array(70_000).fill(0)],
    ['long maps', Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [index, 0]))],
    ['long texts', 'x'.repeat(70_000)],
    ['long bytes', new Uint8Array(70_000)],
  ])('is there in %s', (_what, value) => {
    expect(flawOf(encode(value))).toBeUndefined()
    expect(flawOf(encode(value).subarray(0, -1))).toMatch('shorter')
  })
})
