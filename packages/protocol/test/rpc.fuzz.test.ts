import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, FrameError, type RpcFrame } from '../src/rpc.ts'

/** The same bytes in each run; a failure prints what brings it back. */
const seeded = (numRuns: number) => ({ seed: 20_260_301, numRuns })

/** Either a frame or our own error comes of any bytes. */
function read(bytes: Uint8Array): RpcFrame | FrameError {
  try {
    return decodeFrame(bytes)
  } catch (error) {
    if (error instanceof FrameError) return error
    throw error
  }
}

const bytes = fc.uint8Array({ maxLength: 200 })
const value = fc.anything({
  maxDepth: 4,
  values: [
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.date({ noInvalidDate: true }),
  ],
})
const method = fc.constantFrom('/nodes/update', '/nodes/stats', '/containers/save', '__proto__', '')
const id = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const params = fc.array(value, { maxLength: 4 })
const frame: fc.Arbitrary<RpcFrame> = fc.oneof(
  fc.record({ type: fc.constant('request' as const), id, method, params }),
  fc.record({ type: fc.constant('notification' as const), method, params }),
  fc.record({
    type: fc.constant('response' as const),
    id,
    error: fc.constant(undefined),
    result: value,
  }),
)

/** Changes of a message that is right: bytes replaced, put in, taken out, or the end cut off. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  take: fc.nat(4),
  put: fc.uint8Array({ maxLength: 6 }),
})

function mutate(
  message: Uint8Array,
  changes: readonly { at: number; take: number; put: Uint8Array }[],
) {
  return changes.reduce<Uint8Array>((all, { at, take, put }) => {
    const start = Math.floor(at * all.length)
    return Buffer.concat([all.subarray(0, start), put, all.subarray(start + take)])
  }, message)
}

describe('reading a frame', () => {
  it('never fails but with its own error, whatever the bytes', () => {
    fc.assert(
      fc.property(bytes, (any) => void read(any)),
      seeded(5_000),
    )
  })

  it('never fails but with its own error for a frame that was changed on its way', () => {
    const changes = fc.array(change, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(frame, changes, (right, how) => void read(mutate(encodeFrame(right), how))),
      seeded(5_000),
    )
  })

  it('refuses each frame that is cut off', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (right, cut) => {
        const whole = encodeFrame(right)
        expect(read(whole)).not.toBeInstanceOf(FrameError)
        expect(read(whole.subarray(0, cut % whole.length))).toBeInstanceOf(FrameError)
      }),
      seeded(1_000),
    )
  })

  it('refuses what is no frame, however well it is written', () => {
    const shapes = fc.oneof(
      value,
      fc.tuple(fc.nat(5), value, value, value),
      fc.tuple(fc.constant(0), value, value, value),
      fc.tuple(fc.constant(2), value, value),
    )
    fc.assert(
      fc.property(shapes, (any) => {
        const found = read(encode(any))
        if (found instanceof FrameError) return
        expect(Array.isArray(any) && [0, 1, 2].includes(Number(any[0]))).toBe(true)
      }),
      seeded(3_000),
    )
  })
})

/** Refused unread, as the decoder would take memory for them first. */
describe('a frame that wants too much', () => {
  const claims = fc.tuple(
    fc.constantFrom(0xdc, 0xdd, 0xde, 0xdf, 0xc4, 0xc5, 0xc6, 0xd9, 0xda, 0xdb, 0xc7, 0xc8, 0xc9),
    fc
      .uint8Array({ minLength: 4, maxLength: 4 })
      .map((length) => Uint8Array.from(length, (byte) => byte | 0x80)),
    fc.integer({ min: 1, max: 200 }),
  )

  it('is refused where it claims more than is there, however deep', () => {
    fc.assert(
      fc.property(claims, ([type, length, times]) => {
        const claim = Uint8Array.from([type, ...length])
        const message = Buffer.concat(Array.from({ length: times }, () => claim))
        expect(read(message)).toBeInstanceOf(FrameError)
      }),
      seeded(1_000),
    )
  })

  it.each([
    ['lists in one another', [0x91], [0xc0]],
    ['maps in one another', [0x81, 0xa1, 0x61], [0xc0]],
  ])('is refused where it is millions of %s', (_what, one, last) => {
    const deep = (times: number) =>
      Buffer.concat([...Array(times).fill(Buffer.from(one)), Buffer.from(last)])
    const asNotification = (params: Uint8Array) =>
      Buffer.concat([Buffer.from([0x93, 0x02, 0xa1, 0x78, 0x91]), params])
    expect(read(asNotification(deep(90)))).toMatchObject({ type: 'notification' })
    expect(read(asNotification(deep(100_000)))).toMatchObject({
      message: expect.stringContaining('nested more than 100 deep'),
    })
  })

  it('is refused where it is nothing but values', () => {
    const many = encode([2, 'x', [Array(300_000).fill(null)]])
    expect(read(many)).toMatchObject({ message: expect.stringContaining('250000 values') })
  })

  it('is read where it is as long as what a host with a thousand containers says', () => {
    const container = {
      Id: 'c',
      Config: { Env: Array(20).fill('A=b'), Labels: { a: 'b' } },
      Mounts: [],
    }
    const many = encodeFrame({
      type: 'request',
      id: 1,
      method: '/containers/save',
      params: [Array(1_000).fill(container)],
    })
    expect(read(many)).toMatchObject({ type: 'request' })
  })
})
