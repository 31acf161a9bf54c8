import { once } from 'node:events'
import { createServer } from 'node:http'
import type { MetadataService } from './metadata-service.ts'

export interface MetadataListener {
  readonly port: number
  close(): void
}

/** Serves one machine's metadata on a loopback port, to which its packets for the cloud's address are led. */
export async function listenForMetadata(service: MetadataService): Promise<MetadataListener> {
  const server = createServer((request, response) => {
    request.resume()
    const { status, type, headers, body } = service({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: request.headers,
    })
    response.writeHead(status, {
      'content-type': type ?? 'text/plain',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port for metadata')
  return {
    port: address.port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
