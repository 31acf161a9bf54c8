import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../src/index.ts'

async function openSandbox() {
  const sandbox = await startSandbox({ agents: 'none' })
  onTestFinished(() => sandbox.close())
  const headers = { authorization: `Bearer ${sandbox.environment().DIGITALOCEAN_ACCESS_TOKEN}` }
  const ask = (path: string) =>
    sandbox.answer({ method: 'GET', path, headers, body: new Uint8Array() })
  return { sandbox, headers, ask }
}

test('an answer in the own process is the one over HTTP', async () => {
  const { sandbox, headers, ask } = await openSandbox()
  const response = await fetch(`${sandbox.url}/v2/account`, { headers })
  const answer = await ask('/v2/account')
  expect(answer).toMatchObject({
    status: response.status,
    headers: { 'content-type': response.headers.get('content-type') },
    body: await response.text(),
  })
  expect(answer?.body).toContain('droplet_limit')
})

test('what no cloud answers is not found', async () => {
  const { ask } = await openSandbox()
  expect(await ask('/nowhere')).toMatchObject({ status: 404, body: 'no simulated cloud here\n' })
})

test('a dropped connection has no answer', async () => {
  const { sandbox, ask } = await openSandbox()
  sandbox.faults.add({ kind: 'reset', times: 1 })
  expect(await ask('/v2/account')).toBeUndefined()
  expect(await ask('/v2/account')).toMatchObject({ status: 200 })
})
