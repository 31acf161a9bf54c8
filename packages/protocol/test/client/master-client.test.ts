import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openMasterClient } from '../../src/client/master-client.ts'

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  return `http://127.0.0.1:${Object(server.address()).port}`
}

const client = (url: string) => openMasterClient({ url, version: '2.0.0', timeout: 5_000 })

describe("the master's client", () => {
  it('takes a secret nowhere else, wherever it is sent', async () => {
    const taken: string[] = []
    const thief = await serve((request, response) => {
      taken.push(request.method ?? '')
      response.end('{}')
    })
    const url = await serve((_request, response) => {
      response.writeHead(307, { location: `${thief}/oauth2/token` }).end()
    })
    await expect(client(url).login('code')).rejects.toMatchObject({
      name: 'MasterError',
      kind: 'failed',
      status: 307,
      message: `the master at ${url} sends requests elsewhere: give its own address`,
    })
    expect(taken).toEqual([])
  })

  it('says so where something else than a master answers', async () => {
    const url = await serve((_request, response) => response.end('<html>'))
    await expect(client(url).info()).rejects.toMatchObject({
      kind: 'failed',
      message: 'GET /: the answer is not one of a Kontena master',
    })
  })

  it('calls a master that hangs up unreachable, and shows no token', async () => {
    const url = await serve((request) => request.socket.destroy())
    const api = openMasterClient({ url, version: '2.0.0', token: 'the-token' })
    const failure: unknown = await api.user().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/cannot be reached: it broke off the connection$/),
    })
    expect(String(Object(failure).message)).not.toContain('the-token')
  })
})
