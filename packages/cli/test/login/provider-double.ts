import { once } from 'node:events'
import { createServer } from 'node:http'

export interface ProviderDouble {
  /** Settings of a master that logs people in here. */
  readonly settings: Readonly<Record<string, string>>
  close(): void
}

/** A login provider that lets whoever comes in, as this person. */
export async function openProvider(person: object): Promise<ProviderDouble> {
  const server = createServer((request, reply) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider')
    if (pathname === '/authorize') {
      const state = searchParams.get('state') ?? ''
      const query = new URLSearchParams({ code: 'c', state })
      reply.writeHead(302, { location: `${searchParams.get('redirect_uri')}?${query}` }).end()
      return
    }
    reply.end(JSON.stringify(pathname === '/token' ? { access_token: 't' } : person))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    settings: {
      'oauth2.client_id': 'id',
      'oauth2.client_secret': 'secret',
      'oauth2.authorize_endpoint': `${url}/authorize`,
      'oauth2.token_endpoint': `${url}/token`,
      'oauth2.userinfo_endpoint': `${url}/user`,
    },
    close: () => void server.close().closeAllConnections(),
  }
}
