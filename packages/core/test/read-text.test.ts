import { expect, it } from 'vitest'
import { readText } from '../src/read-text.ts'

it('is the body as text, also where a character is cut in two', async () => {
  const bytes = Buffer.from('a ü 🙂 b')
  const stream = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
      controller.close()
    },
  })
  expect(await readText(new Response(stream))).toBe('a ü 🙂 b')
})

it('is empty where there is no body', async () => {
  expect(await readText(new Response(null, { status: 204 }))).toBe('')
})

it('takes a body up to the length it is given, and not a byte more', async () => {
  expect(await readText(new Response('12345'), 5)).toBe('12345')
  await expect(readText(new Response('123456'), 5)).rejects.toThrow(RangeError)
})

it('stops to read what has no end', async () => {
  let wasCancelled = false
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
    cancel: () => {
      wasCancelled = true
    },
  })
  await expect(readText(new Response(stream), 10_000)).rejects.toThrow(RangeError)
  expect(wasCancelled).toBe(true)
})
