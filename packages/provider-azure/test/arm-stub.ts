import { createServer } from 'node:http'
import { useEnvironment } from './azure-environment.ts'

export const subscription = '0192a1b2-0000-4000-8000-000000000001'

export interface StubRequest {
  readonly method: string
  /** Without the api version. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is where it is a text. */
  readonly body?: unknown
}

export interface ArmStub {
  readonly url: string
  readonly seen: readonly StubRequest[]
  close(): void
}

/** An Azure that answers what a test says, and a token for everybody. Undefined leaves a request open. */
export async function startStub(
  answer: (request: StubRequest) => StubAnswer | undefined,
): Promise<ArmStub> {
  const seen: StubRequest[] = []
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://stub')
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      if (url.pathname === '/token') {
        const body = { access_token: 'a-token', expires_on: '4102444800', token_type: 'Bearer' }
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
        return
      }
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        body: Buffer.concat(chunks).toString(),
      }
      seen.push(request)
      const given = answer(request)
      if (given === undefined) return
      const { status = 200, headers = {}, body = {} } = given
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  useEnvironment({
    AZURE_RESOURCE_MANAGER_ENDPOINT: url,
    AZURE_SUBSCRIPTION_ID: subscription,
    AZURE_LOCATION: 'westeurope',
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    AZURE_CONFIG_DIR: '/nowhere',
    IDENTITY_ENDPOINT: `${url}/token`,
    IDENTITY_HEADER: 'header',
  })
  return {
    url,
    seen,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A refusal in ARM's own form. */
export function refused(status: number, code: string, message = 'no'): StubAnswer {
  return { status, body: { error: { code, message } } }
}
