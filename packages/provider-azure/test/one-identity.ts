import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The identity library keeps its token service and its token for the whole process. A process with one
 * cloud after the other therefore has one token service of its own, whose token is good at each of them.
 */
export const commonToken = 'common-token-of-this-process'
const header = 'common-header-of-this-process'
let service: Promise<string> | undefined

/** Variables of a token service that is there for as long as the process. */
export async function identityVariables(): Promise<Record<string, string>> {
  service ??= openService()
  return { IDENTITY_ENDPOINT: `${await service}/token`, IDENTITY_HEADER: header }
}

function openService(): Promise<string> {
  const server = createServer((_, response) => {
    const expires = Math.floor(Date.now() / 1_000) + 86_400 * 365
    const body = { access_token: commonToken, expires_on: String(expires), token_type: 'Bearer' }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }).unref()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}
