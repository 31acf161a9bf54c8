import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type ComposeOptions, renderCompose } from '../src/bootstrap-compose.ts'
import { isFailure } from '../src/errors.ts'
import { makeFolder } from './bootstrap-machine.ts'
import { ca, options } from './bootstrap-options.ts'

const { master, agent } = options
const node = { name: 'web-1', token: 'node-token' }
const given: ComposeOptions = { node, master, agent }

/** As much of the Compose Specification as our file uses. */
const config = z.strictObject({ content: z.string() })
const composeFile = z.strictObject({
  name: z.string(),
  services: z.strictObject({
    agent: z.strictObject({
      container_name: z.string(),
      image: z.string(),
      command: z.array(z.string()).optional(),
      init: z.boolean(),
      network_mode: z.literal('host'),
      restart: z.literal('always'),
      environment: z.record(z.string(), z.string()),
      volumes: z.array(z.string()),
      configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
      logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
    }),
  }),
  volumes: z.strictObject({ state: z.strictObject({}) }),
  configs: z.record(z.string(), config).optional(),
})

/** Reads the file as Docker Compose does: after YAML, `$$` is a dollar sign and `$NAME` a variable. */
function read(text: string) {
  return composeFile.parse(interpolate(parse(text)))
}

function interpolate(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(\$|\{?\w*\}?)/g, (_whole, next) =>
      next === '$' ? '$' : 'INTERPOLATED',
    )
  }
  if (Array.isArray(value)) return value.map(interpolate)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item)]))
}

/** How Docker Compose is called here, where there is one that knows files within the file. */
function composeProgram(): readonly string[] | undefined {
  return [['docker', 'compose'], ['docker-compose']].find(([command = '', ...words]) => {
    try {
      const text = execFileSync(command, [...words, 'version', '--short'], { stdio: 'pipe' })
      const [major = 0, minor = 0] = text.toString().replace(/^v/, '').split('.').map(Number)
      return major > 2 || (major === 2 && minor > 23)
    } catch {
      return false
    }
  })
}

describe('the compose file', () => {
  it('says first what it is, and that it holds a secret', () => {
    const [what, secret] = renderCompose(given).split('\n')
    expect(what).toMatch(/^# Runs the agent of the Kontena node web-1 by Docker Compose/)
    expect(secret).toMatch(/^# It holds the node's own token.*like a password\.$/)
  })

  it('runs the agent as the unit of other machines does', () => {
    const { services, configs } = read(renderCompose(given))
    expect(services.agent).toMatchObject({
      command: ['node', '/opt/kontena/start-agent.mjs'],
      environment: {
        KONTENA_URI: 'wss://master.example.com:9292',
        KONTENA_NODE_NAME: 'web-1',
        KONTENA_NODE_TOKEN: 'node-token',
        KONTENA_AGENT_SHA256: 'ab'.repeat(32),
        SSL_CERT_FILE: '/etc/kontena/ca.pem',
      },
      volumes: [
        '/var/run/docker.sock:/var/run/docker.sock',
        '/proc:/host/proc:ro',
        'state:/var/lib/kontena',
      ],
    })
    expect(configs?.ca?.content).toBe(ca)
    const starter = new URL('../../../templates/node/start-agent.mjs', import.meta.url)
    expect(configs?.['start-agent']?.content).toBe(readFileSync(starter, 'utf8'))
  })

  it('runs a complete image as it is, and trusts the system where no authority is pinned', () => {
    const text = renderCompose({
      ...given,
      agent: { image: 'team/agent:2.0' },
      master: { ...master, ca: undefined },
    })
    const { services, configs } = read(text)
    expect(services.agent).toMatchObject({ image: 'team/agent:2.0' })
    expect(services.agent.command).toBeUndefined()
    expect(services.agent.environment).not.toHaveProperty('SSL_CERT_FILE')
    expect(configs).toBeUndefined()
  })

  it('tells the agent which interface it is to use', () => {
    const { services } = read(renderCompose({ ...given, node: { ...node, peerInterface: 'eth1' } }))
    expect(services.agent.environment.KONTENA_PEER_INTERFACE).toBe('eth1')
  })

  it.each<[string, Partial<ComposeOptions>]>([
    ['a name', { node: { ...node, name: 'a b' } }],
    ['a token', { node: { ...node, token: 'a\nb' } }],
    ['an interface', { node: { ...node, peerInterface: 'a b' } }],
    ['a hash', { master: { ...master, agentBundle: 'x' } }],
  ])('refuses %s that cannot be right', (_what, changes) => {
    expect(() => renderCompose({ ...given, ...changes })).toThrow(
      expect.toSatisfy((error) => isFailure(error, 'BAD_OPTIONS')),
    )
  })

  it('gives every token back as it is, whatever Compose and YAML could read in it', () => {
    const parts = fc.constantFrom('$', '$$', '{HOME}', '"', "'", '\\', ': ', '#', '{{', '🙂', '- ')
    const token = fc
      .array(fc.oneof(parts, fc.string({ unit: 'grapheme' })))
      .map((all) => all.join('').replace(/\p{Cc}/gu, ''))
    fc.assert(
      fc.property(token, (text) => {
        const { services } = read(renderCompose({ ...given, node: { ...node, token: text } }))
        expect(services.agent.environment.KONTENA_NODE_TOKEN).toBe(text)
      }),
    )
  })

  const program = composeProgram()
  if (program === undefined) {
    process.stdout.write(
      'skipped: Docker Compose 2.23.1 or newer reads the file, as there is none\n',
    )
  }

  it.skipIf(program === undefined)('is read by Docker Compose itself as it is meant', () => {
    const [command = '', ...words] = program ?? []
    const token = 'it\'s a $TOKEN {X} "of" mine: # 🙂'
    const text = renderCompose({ ...given, node: { ...node, token } })
    const file = join(makeFolder(), 'kontena.yaml')
    writeFileSync(file, text)

    const json = execFileSync(command, [...words, '-f', file, 'config', '--format', 'json'])

    const told = z
      .object({
        services: z.object({ agent: z.object({ environment: z.record(z.string(), z.string()) }) }),
        configs: z.record(z.string(), config.loose()),
      })
      .parse(JSON.parse(json.toString()))
    const { services, configs } = read(text)
    // What it prints could be read again, so that it writes two dollar signs for one.
    const { environment } = told.services.agent
    expect(environment.KONTENA_NODE_TOKEN).toBe(token.replace('$', '$$$$'))
    expect(Object.keys(environment).sort()).toEqual(Object.keys(services.agent.environment).sort())
    for (const name of ['start-agent', 'ca']) {
      expect(told.configs[name]?.content.replaceAll('$$', '$')).toBe(configs?.[name]?.content)
    }
  })

  it('starts an agent with nothing but what stands in it', async () => {
    const bundle = "console.log('agent of', process.env.KONTENA_NODE_NAME)\nprocess.exit(0)\n"
    const hash = createHash('sha256').update(bundle).digest('hex')
    const server = createServer((request, response) => {
      response.statusCode = request.url === `/v1/agent/bundle/${hash}` ? 200 : 404
      response.end(bundle)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const url = `http://127.0.0.1:${address.port}`
    const text = renderCompose({ ...given, master: { url, ca: undefined, agentBundle: hash } })
    const { services, configs } = read(text)
    const root = makeFolder()
    for (const { source, target } of services.agent.configs ?? []) {
      mkdirSync(dirname(join(root, target)), { recursive: true })
      writeFileSync(join(root, target), configs?.[source]?.content ?? '')
    }

    const [, starter = ''] = services.agent.command ?? []
    const child = spawn(process.execPath, [join(root, starter)], {
      env: { ...services.agent.environment, KONTENA_ROOT: root },
    })
    const output = (await child.stdout.setEncoding('utf8').toArray()).join('')
    server.close()

    expect(output).toContain('agent of web-1\n')
  })
})
