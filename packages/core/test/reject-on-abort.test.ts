import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { rejectOnAbort } from '../src/reject-on-abort.ts'

const endless = new Promise<never>(() => undefined)

test('what the work comes to is passed on, and no listener stays on the signal', async () => {
  const { signal } = new AbortController()
  expect(await rejectOnAbort(Promise.resolve('done'), signal)).toBe('done')
  const failure = new Error('it failed')
  await expect(rejectOnAbort(Promise.reject(failure), signal)).rejects.toBe(failure)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('work that hangs is given up with the signal’s reason', async () => {
  const control = new AbortController()
  const waiting = rejectOnAbort(endless, control.signal)
  control.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('a signal that is aborted already counts too, and work that fails later is nobody’s problem', async () => {
  const signal = AbortSignal.abort(new Error('too late'))
  const work = Promise.resolve().then(() => Promise.reject(new Error('it failed')))
  await expect(rejectOnAbort(work, signal)).rejects.toThrow('too late')
})
