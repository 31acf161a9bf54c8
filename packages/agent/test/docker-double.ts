import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { makeFolder } from './folder.ts'

/** A `GET /info` as Docker 24 sends it, shortened to what tells something. */
export const info = {
  ID: '2b3fdf5b-9a4f-4d5b-8f3c-0f6f1d5a9c11',
  Name: 'host-1',
  OperatingSystem: 'Ubuntu 24.04 LTS',
  KernelVersion: '6.8.0-1014-aws',
  DockerRootDir: '/var/lib/docker',
  Driver: 'overlay2',
  ServerVersion: '24.0.7',
  MemTotal: 4_106_809_344,
  NCPU: 2,
  Labels: ['rack=7'],
  Plugins: { Volume: ['local'], Network: ['bridge', 'host'], Authorization: null },
  Swarm: { LocalNodeState: 'inactive' },
}

export const plugins = [
  {
    Name: 'vieux/sshfs:next',
    Enabled: true,
    Config: { Interface: { Types: ['docker.volumedriver/1.0'] } },
  },
  {
    Name: 'registry.example.com:5000/overlay',
    Enabled: true,
    Config: {
      Interface: { Types: [{ Prefix: 'docker', Capability: 'networkdriver', Version: '1.0' }] },
    },
  },
  {
    Name: 'unused:1',
    Enabled: false,
    Config: { Interface: { Types: ['docker.volumedriver/1.0'] } },
  },
]

/**
 * A Docker on a socket that answers these paths, with 404 for all others. `/events` it follows where
 * they have none of it, and `happen` is what goes on there.
 */
export async function startDocker(
  answers: Record<string, unknown> = { '/info': info, '/plugins': plugins },
  socket = join(makeFolder(), 'docker.sock'),
) {
  const followers = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const answer = answers[path]
    if (path === '/events' && answer === undefined) {
      followers.add(response)
      response.flushHeaders()
      return
    }
    if (answer === 'never') return
    response.statusCode = answer === undefined ? 404 : 200
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { message: 'no' }))
  })
  const sockets = new Set<unknown>()
  server.on('connection', (one) => {
    sockets.add(one)
    one.once('close', () => sockets.delete(one))
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    socket,
    /** How many connections are open. */
    sockets: () => sockets.size,
    /** Who follows what happens. */
    followers,
    happen: (event: object) => {
      for (const follower of followers) follower.write(`${JSON.stringify(event)}\n`)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
