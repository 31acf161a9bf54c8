import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { reasonOf } from '../src/reason-of.ts'
import { startDocker } from './docker-double.ts'

describe('reasonOf', () => {
  it('says that an answer did not come in time, whoever rejects for it', async () => {
    await using docker = await startDocker({ '/info': 'never' })
    const signal = AbortSignal.any([AbortSignal.timeout(1)])

    const error = await new Promise((resolve) => {
      const options = { socketPath: docker.socket, path: '/info', agent: false, signal }
      request(options).on('error', resolve).end()
    })

    expect(reasonOf(error)).toBe('no answer in time')
  })

  it('tells why each address failed', () => {
    const each = [new Error('connect ECONNREFUSED ::1:80'), new Error('connect ETIMEDOUT')]
    expect(reasonOf(new AggregateError(each))).toBe(
      'connect ECONNREFUSED ::1:80, connect ETIMEDOUT',
    )
  })

  it('takes what is no error for what it says', () => {
    expect(reasonOf('closed')).toBe('closed')
    expect(reasonOf(new Error('no disk'))).toBe('no disk')
  })
})
