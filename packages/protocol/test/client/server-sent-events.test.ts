import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readServerSentEvents, type StreamMessage } from '../../src/client/server-sent-events.ts'

async function read(...chunks: (string | Uint8Array)[]): Promise<StreamMessage[]> {
  const encoder = new TextEncoder()
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk
  }
  const messages: StreamMessage[] = []
  for await (const message of readServerSentEvents(bytes())) messages.push(message)
  return messages
}

describe('a stream of server-sent events', () => {
  it('is taken apart into messages with their type, data and id', async () => {
    expect(await read('id: 7\nevent: node:online\ndata: {"a":1}\n\n')).toEqual([
      { type: 'node:online', data: '{"a":1}', id: '7' },
    ])
  })

  it('gives a message without a type the usual one, and keeps the last id', async () => {
    expect(await read('id:7\ndata:one\n\ndata: two\ndata: lines\n\n')).toEqual([
      { type: 'message', data: 'one', id: '7' },
      { type: 'message', data: 'two\nlines', id: '7' },
    ])
  })

  it('tells of a new id without data, and of no comment', async () => {
    expect(await read(':\n\n: hello\nid: 9\n\nretry: 100\n\n')).toEqual([
      { type: 'message', data: '', id: '9' },
    ])
  })

  it('leaves out a message that is cut off, and ids that no header can hold', async () => {
    expect(await read('data: whole\nid: a\0b\n\ndata: half\n')).toEqual([
      { type: 'message', data: 'whole', id: undefined },
    ])
  })

  it('takes any line end, a byte order mark, and a field without a value', async () => {
    expect(await read('\ufeffdata: a\r\n\r\ndata\rid\r\rdata:  b\n\n')).toEqual([
      { type: 'message', data: 'a', id: undefined },
      { type: 'message', data: '', id: '' },
      { type: 'message', data: ' b', id: '' },
    ])
  })

  it('is the same however it is cut into pieces', async () => {
    const text = 'id: 1\r\nevent: tür\r\ndata: größe 🚀\r\n\r\n: x\ndata: b\n\nid: 3\n\n'
    const whole = new TextEncoder().encode(text)
    const expected = await read(whole)
    expect(expected).toHaveLength(3)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length)), async (cuts) => {
        const places = [0, ...[...cuts].sort((one, other) => one - other), whole.length]
        const pieces = places.slice(1).map((end, index) => whole.slice(places[index], end))
        expect(await read(...pieces)).toEqual(expected)
      }),
    )
  })

  it.each([
    ['line', 'data: '],
    ['message', ''],
  ])('is given up where a %s does not end', async (_what, start) => {
    const line = start === '' ? `data: ${'x'.repeat(65_536)}\n` : 'x'.repeat(65_536)
    const chunks = [start, ...Array.from({ length: 80 }, () => line)]
    await expect(read(...chunks)).rejects.toMatchObject({ name: 'MasterError', kind: 'failed' })
  })
})
