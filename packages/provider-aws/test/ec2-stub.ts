import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { useEndpoint } from './aws-environment.ts'
import { toXml, type XmlContent } from './xml.ts'

/** A question as it came over the wire; SSM's have no parameters here. */
export interface StubRequest {
  readonly action: string
  readonly parameters: Readonly<Record<string, string>>
}

/** What EC2 is to say: a body, an error with its status, nothing at all, or a body of another kind. */
export type StubAnswer =
  | { readonly body: XmlContent }
  | { readonly error: string; readonly status?: number; readonly message?: string }
  | { readonly hangUp: true }
  | { readonly silence: true }
  | { readonly raw: string; readonly status: number }

type Reply = StubAnswer | ((request: StubRequest) => StubAnswer)

/** An EC2 of canned answers on loopback. What was not foreseen fails with `InvalidAction`. */
export interface Ec2Stub {
  readonly requests: readonly StubRequest[]
  /** Answers to an action, in order; the last one stays. */
  answer(action: string, ...replies: Reply[]): void
  /** Parameters of every request of this action. */
  sent(action: string): readonly Readonly<Record<string, string>>[]
  close(): Promise<void>
}

/** Starts the stub and points the SDK at it. */
export async function startEc2Stub(): Promise<Ec2Stub> {
  const requests: StubRequest[] = []
  const replies = new Map<string, Reply[]>()
  const server = createServer(async (incoming, outgoing) => {
    const request = await readRequest(incoming)
    requests.push(request)
    const queue = replies.get(request.action) ?? []
    const reply = queue.length > 1 ? queue.shift() : queue[0]
    const answer = typeof reply === 'function' ? reply(request) : reply
    send(outgoing, request, answer ?? { error: 'InvalidAction', message: request.action })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stub has no port')
  useEndpoint(`http://127.0.0.1:${address.port}`)
  return {
    requests,
    answer: (action, ...queue) => {
      replies.set(action, queue)
    },
    sent: (action) =>
      requests.filter((request) => request.action === action).map(({ parameters }) => parameters),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  const target = incoming.headers['x-amz-target']
  if (typeof target === 'string') {
    return { action: target.replace('AmazonSSM.', 'ssm:'), parameters: {} }
  }
  const parameters = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
  return { action: parameters.Action ?? '', parameters }
}

function send(outgoing: ServerResponse, request: StubRequest, answer: StubAnswer): void {
  if ('silence' in answer) return
  if ('hangUp' in answer) {
    outgoing.destroy()
    return
  }
  if ('raw' in answer) {
    outgoing.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.raw)
    return
  }
  if (request.action.startsWith('ssm:')) {
    sendJson(outgoing, answer)
    return
  }
  const xml =
    'error' in answer
      ? toXml('Response', {
          Errors: { Error: { Code: answer.error, Message: answer.message ?? 'A message' } },
          RequestID: 'request-1',
        })
      : toXml(`${request.action}Response`, answer.body)
  const status = 'error' in answer ? (answer.status ?? 400) : 200
  outgoing.writeHead(status, { 'content-type': 'text/xml' }).end(xml)
}

/** SSM speaks JSON; an error's code stands in `__type`. */
function sendJson(
  outgoing: ServerResponse,
  answer: Extract<StubAnswer, { body: XmlContent } | { error: string }>,
): void {
  const failed = 'error' in answer
  const body = failed ? { __type: answer.error, message: answer.message } : answer.body
  outgoing
    .writeHead(failed ? (answer.status ?? 400) : 200, {
      'content-type': 'application/x-amz-json-1.1',
    })
    .end(JSON.stringify(body))
}
