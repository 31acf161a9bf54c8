import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readNodeFile } from '../src/bootstrap-templates.ts'
import { type IdRequests, idRequestsFile } from '../src/id-requests.ts'
import { findProgram, hasProgram, makeFolder } from './bootstrap-machine.ts'

/** A request as the metadata service sees it. */
interface Asked {
  readonly what: string
  readonly headers: IncomingHttpHeaders
}

let server: Server
let origin: string
let asked: Asked[]
/** By method and path; what has no answer is not found. */
let answers: Record<string, string>

beforeEach(async () => {
  asked = []
  answers = {}
  server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`
    asked.push({ what, headers: request.headers })
    response.writeHead(what in answers ? 200 : 404).end(answers[what])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  origin = `http://127.0.0.1:${address.port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** A machine's root with the script, and what it needs. */
function makeMachine(requests: IdRequests) {
  const root = makeFolder()
  for (const folder of ['etc/kontena', 'opt/kontena', 'programs']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  const write = (path: string, content: string) => writeFileSync(join(root, path), content)
  write('etc/kontena/master', 'https://master.example.com\n')
  write('etc/kontena/id-requests', idRequestsFile(requests))
  for (const name of ['http', 'ask-id']) write(`opt/kontena/${name}`, readNodeFile(name))
  for (const program of ['curl', 'tr', 'od', 'sync', 'mv']) {
    symlinkSync(findProgram(program), join(root, 'programs', program))
  }
  write('programs/sleep', '#!/bin/sh\necho "$1" >> "$KONTENA_ROOT/naps"\n')
  chmodSync(join(root, 'programs/sleep'), 0o755)
  const env = { PATH: join(root, 'programs'), KONTENA_ROOT: root, KONTENA_METADATA: origin }
  const run = () => promisify(execFile)('/bin/sh', [join(root, 'opt/kontena/ask-id')], { env })
  return {
    root,
    write,
    run,
    /** Runs it behind a proxy that answers nobody. */
    runBehindProxy: () =>
      promisify(execFile)('/bin/sh', [join(root, 'opt/kontena/ask-id')], {
        env: { ...env, http_proxy: 'http://127.0.0.1:9' },
      }),
    id: () => readFileSync(join(root, 'etc/kontena/instance-id'), 'utf8'),
    naps: () => readFileSync(join(root, 'naps'), 'utf8').trim().split('\n').map(Number),
  }
}

const service = 'http://169.254.169.254'
const withToken: IdRequests = {
  token: { url: `${service}/token`, request: 'X-Life: 60', header: 'X-Token' },
  urls: [`${service}/instance-id`],
}
const inTwoParts: IdRequests = {
  header: 'Metadata: true',
  urls: [`${service}/group?format=text&version=2`, `${service}/name`],
  lowerCase: true,
}

describe('ask-id', () => {
  it('fetches a token by PUT, and asks with it', async () => {
    answers = { 'PUT /token': 'secret==', 'GET /instance-id': 'i-0123456789abcdef0' }
    const machine = makeMachine(withToken)
    const { stdout } = await machine.run()
    expect(machine.id()).toBe('i-0123456789abcdef0\n')
    expect(stdout).toBe('kontena: this machine is i-0123456789abcdef0\n')
    expect(asked.map(({ what }) => what)).toEqual(['PUT /token', 'GET /instance-id'])
    expect(asked[0]?.headers).toMatchObject({ 'x-life': '60' })
    expect(asked[1]?.headers).toMatchObject({ 'x-token': 'secret==' })
  })

  it('joins what it is told of several places, in lower case where that is said', async () => {
    answers = { 'GET /group?format=text&version=2': 'My-Group_(X)', 'GET /name': 'web-1-ABC' }
    const machine = makeMachine(inTwoParts)
    await machine.run()
    expect(machine.id()).toBe('my-group_(x)/web-1-abc\n')
    expect(asked.map(({ headers }) => headers.metadata)).toEqual(['true', 'true'])
  })

  it('asks the service itself, whatever proxy there is', async () => {
    answers = { 'PUT /token': 'secret', 'GET /instance-id': 'i-1' }
    const machine = makeMachine(withToken)
    await machine.runBehindProxy()
    expect(machine.id()).toBe('i-1\n')
  })

  it('asks nobody again once it knows', async () => {
    const machine = makeMachine(withToken)
    machine.write('etc/kontena/instance-id', 'i-1\n')
    await machine.run()
    expect(asked).toEqual([])
    expect(machine.id()).toBe('i-1\n')
  })

  it.each([
    ['no token', {}],
    ['no id', { 'PUT /token': 'secret' }],
    ['an empty id', { 'PUT /token': 'secret', 'GET /instance-id': '' }],
  ])('gives up after a quarter of an hour of %s, and says so', async (_, given) => {
    answers = given
    const machine = makeMachine(withToken)
    await expect(machine.run()).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('kontena: gave up on the metadata service'),
    })
    const waited = machine.naps().reduce((sum, seconds) => sum + seconds, 0)
    expect(waited).toBeGreaterThanOrEqual(900)
    expect(() => machine.id()).toThrow('ENOENT')
  })

  const hasShellcheck = hasProgram('shellcheck')
  if (!hasShellcheck) process.stdout.write('skipped: shellcheck, which is missing\n')

  it.skipIf(!hasShellcheck)('is shell that shellcheck has nothing to say about', async () => {
    const { root } = makeMachine(withToken)
    const options = ['--shell=sh', '--external-sources', 'ask-id', 'http']
    await promisify(execFile)('shellcheck', options, { cwd: join(root, 'opt/kontena') })
  })
})
