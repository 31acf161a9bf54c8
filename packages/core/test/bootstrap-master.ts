import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EnrolRequest, enrolRequest } from '@kontena/protocol'

/** The agent that this master hands out. */
export const bundle = 'export const agent = true\n'
export const bundleHash = createHash('sha256').update(bundle).digest('hex')

export interface MasterDouble extends AsyncDisposable {
  readonly url: string
  /** PEM of the authority that made its certificate; undefined without TLS. */
  readonly ca: string | undefined
  readonly enrolments: readonly EnrolRequest[]
  readonly agents: string[]
  /** Answers to come, oldest first; then 204. A function is called and may do as it likes. */
  readonly answers: (number | (() => Promise<number>))[]
  sent: string
}

/** A master as far as booting machines see it. */
export async function startMaster(options: { tls?: Authority } = {}): Promise<MasterDouble> {
  const enrolments: EnrolRequest[] = []
  const agents: string[] = []
  const answers: MasterDouble['answers'] = []
  const master = { sent: bundle }

  const answer: RequestListener = async (request, response) => {
    if (request.url?.startsWith('/v1/agent/bundle/') && request.method === 'GET') {
      agents.push(request.url)
      response.end(master.sent)
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    enrolments.push(enrolRequest.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
    const next = answers.shift() ?? 204
    response.writeHead(typeof next === 'number' ? next : await next()).end()
  }

  const server =
    options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return Object.assign(master, {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    ca: options.tls?.ca,
    enrolments,
    agents,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

export interface Authority {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A certificate authority made for a test, and its certificate for 127.0.0.1. */
export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-authority-'))
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  }
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  openssl('req', '-x509', ...ec, '-subj', '/CN=test', '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl(
    ...['req', '-x509', ...ec, '-subj', '/CN=master', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', 'key.pem', '-out', 'cert.pem'],
  )
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const made = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
  rmSync(folder, { recursive: true })
  return made
}
