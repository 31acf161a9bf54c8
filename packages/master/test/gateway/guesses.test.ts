import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, knock, listen } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** Somebody behind one address who tries tokens, and others behind the same one. */
describe('guessing tokens', () => {
  let master: TestMaster
  let url: string
  let token: string
  let looks: number
  let plain: TestMaster
  beforeEach(async () => {
    plain = await testMaster()
    const grid = await plain.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    token = String(Object(grid.body).token)
    looks = 0
    const { store } = plain
    const gridByToken: typeof store.gridByToken = (hash) => {
      looks += 1
      return store.gridByToken(hash)
    }
    master = await testMaster({ trustProxy: ['127.0.0.1'], store: { ...store, gridByToken } })
    url = await listen(master)
  })
  afterEach(async () => {
    await master.close()
    await plain.close()
  })

  const guess = async (secret: string, from = '203.0.113.1') => {
    const headers = { 'Kontena-Grid-Token': secret, 'X-Forwarded-For': from }
    const answer = await knock(url, headers)
    if ('status' in answer) return answer.status
    await answer.leave()
    return 101
  }
  /** Many at a time, as an attacker would. */
  const guessMany = async (count: number) => {
    const statuses: number[] = []
    for (let done = 0; done < count; done += 50) {
      const batch = Array.from(
        { length: Math.min(50, count - done) },
        (_, i) => `wrong ${done + i}`,
      )
      statuses.push(...(await Promise.all(batch.map((secret) => guess(secret)))))
    }
    return statuses
  }

  it('ends after sixty, without a look at the store, and not for other addresses', async () => {
    const statuses = await guessMany(500)
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(120)
    expect(statuses.at(-1)).toBe(429)
    const before = looks
    expect(await guess('wrong again')).toBe(429)
    expect(await guess(token)).toBe(429)
    expect(looks).toBe(before)
    expect(await guess(token, '203.0.113.2')).toBe(101)
  })

  it('may go on after a minute', async () => {
    await guessMany(100)
    master.clock.advance(61_000)
    expect(await guess('wrong again')).toBe(401)
    expect(await guess(token)).toBe(101)
  })

  it('does not keep those out who have shown a good token before', async () => {
    expect(await guess(token)).toBe(101)
    await guessMany(100)
    expect(await guess('wrong again')).toBe(429)
    expect(await guess(token)).toBe(101)
  })

  it('is not what agents do that try the same old token for ever', async () => {
    for (let times = 0; times < 100; times += 1) expect(await guess('old')).toBe(401)
    expect(await guess(token)).toBe(101)
  })

  it('is not what a hundred good agents behind one address do', async () => {
    const agents = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        connect(url, {
          'Kontena-Grid-Token': token,
          'Kontena-Node-Id': `ID:${index}`,
          'Kontena-Node-Name': `host-${index}`,
          'X-Forwarded-For': '203.0.113.1',
        }),
      ),
    )
    expect(agents).toHaveLength(100)
    expect(await plain.store.nodes('prod')).toHaveLength(100)
    for (const agent of agents) agent.socket.terminate()
  })

  it('gets 429 and no close code, so that the agent tries again later', async () => {
    await guessMany(100)
    const refusal = await knock(url, {
      'Kontena-Grid-Token': 'wrong again',
      'X-Forwarded-For': '203.0.113.1',
    })
    expect(refusal).toMatchObject({ status: 429 })
    expect(refusal.headers).not.toHaveProperty('kontena-close')
  })
})
