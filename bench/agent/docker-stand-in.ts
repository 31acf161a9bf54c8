import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'

const containers = 200

/** What `GET /containers/json` tells of each, about as long as Docker makes it. */
const listed = Array.from({ length: containers }, (_, index) => ({
  Id: index.toString(16).padStart(64, '0'),
  Names: [`/shop-web-${index}`],
  Image: 'registry.example.com/shop/web:1.4.2',
  Command: 'node server.js',
  Labels: {
    'io.kontena.service.id': `${index}`.padStart(24, '0'),
    'io.kontena.service.name': 'web',
    'io.kontena.stack.name': 'shop',
    'io.kontena.service.instance_number': `${index}`,
  },
  State: 'running',
  Status: 'Up 3 weeks',
  HostConfig: { NetworkMode: 'bridge' },
  Mounts: [],
}))

const answers: Readonly<Record<string, unknown>> = {
  '/info': {
    ID: '2b3fdf5b-9a4f-4d5b-8f3c-0f6f1d5a9c11',
    OperatingSystem: 'Ubuntu 24.04 LTS',
    KernelVersion: '6.8.0-1014-aws',
    DockerRootDir: '/var/lib/docker',
    Driver: 'overlay2',
    ServerVersion: '28.2.2',
    Labels: [],
    Plugins: { Volume: ['local'], Network: ['bridge', 'host'] },
  },
  '/plugins': [],
  '/version': { Version: '28.2.2' },
  '/containers/json': listed,
}

/** A Docker with containers of services, of which one starts and ends every second. */
export async function openDockerStandIn(folder: string) {
  const socket = join(folder, 'docker.sock')
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (path === '/events') {
      const event = `${JSON.stringify({ Type: 'container', Action: 'start', id: listed[0]?.Id })}\n`
      const beat = setInterval(() => response.write(event), 1000)
      response.once('close', () => clearInterval(beat))
      response.flushHeaders()
      return
    }
    const answer = answers[path]
    response.statusCode = answer === undefined ? 404 : 200
    response.end(JSON.stringify(answer ?? {}))
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    socket,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
