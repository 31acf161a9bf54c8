import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/**
 * The identity library keeps its token service and its token for the whole process. A process with one
 * cloud after the other therefore has one token service of its own, and a door in front of each cloud that
 * changes the common token for the cloud's.
 */
const common = 'common-token-of-this-process'
let service: Promise<string> | undefined

/** Variables of a token service that is there for as long as the process. */
export async function identityVariables(): Promise<Record<string, string>> {
  service ??= listen(
    createServer((_, response) => {
      const expires = Math.floor(Date.now() / 1_000) + 86_400 * 365
      const body = { access_token: common, expires_on: String(expires), token_type: 'Bearer' }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    }).unref(),
  )
  return { IDENTITY_ENDPOINT: `${await service}/token`, IDENTITY_HEADER: 'common-header' }
}

const value = z.object({ value: z.string() })
const deployment = z.object({
  tags: z.record(z.string(), z.string()),
  properties: z.object({
    parameters: z.object({
      machines: z.object({ value: z.record(z.string(), z.string()) }),
      zone: value,
      customData: value,
    }),
  }),
})

/** What a deployment that passed the door was told to make. */
export type Deployed = z.infer<typeof deployment> & {
  readonly group: string
  readonly name: string
}

export interface Door {
  readonly url: string
  readonly deployed: readonly Deployed[]
  close(): void
}

/** Passes everything on as it is, but for the token. */
export async function openDoor(cloud: string, token: string): Promise<Door> {
  const deployed: Deployed[] = []
  const server = createServer((incoming, response) => {
    const outgoing = request(`${cloud}${incoming.url}`, {
      method: incoming.method,
      headers: { ...incoming.headers, ...authorizationOf(incoming, token) },
    })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    const body: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => body.push(chunk))
    incoming.on('end', () => {
      deployed.push(...readDeployed(incoming, Buffer.concat(body).toString()))
    })
    incoming.pipe(outgoing)
  })
  return {
    url: await listen(server),
    deployed,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function readDeployed({ method, url = '' }: IncomingMessage, body: string): Deployed[] {
  const [, group, name] = /resourcegroups\/([^/]+)\/.*\/deployments\/([^/?]+)\?/i.exec(url) ?? []
  if (method !== 'PUT' || group === undefined || name === undefined) return []
  return [{ ...deployment.parse(JSON.parse(body)), group, name }]
}

function authorizationOf({ headers }: IncomingMessage, token: string): Record<string, string> {
  return headers.authorization === `Bearer ${common}` ? { authorization: `Bearer ${token}` } : {}
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}
