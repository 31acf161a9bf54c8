import { createServer } from 'node:http'
import type { MetadataService } from '../vm/metadata-service.ts'

/** Stands for the link-local address of a machine that has no network of its own. */
export interface MetadataServer {
  /** As in `http://127.0.0.1:PORT`. */
  readonly origin: string
  close(): void
}

/** Serves one machine's metadata on a port of the loopback. */
export async function openMetadataServer(service: MetadataService): Promise<MetadataServer> {
  const server = createServer(({ method = '', url: target = '', headers }, response) => {
    const {
      status,
      type = 'text/plain',
      headers: more = {},
      body,
    } = service({
      method,
      target,
      headers,
    })
    response.writeHead(status, { 'content-type': type, ...more }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
