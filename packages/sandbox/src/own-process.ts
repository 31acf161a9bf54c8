import { answerOf, dropped, type Endpoint } from './server.ts'

/** A request as somebody in the sandbox's own process makes it, without HTTP. */
export interface DirectRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

export interface DirectReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the sandbox's URL would answer; undefined where it would drop the connection. */
export async function answerDirectly(
  endpoints: readonly Endpoint[],
  { method, path, headers, body }: DirectRequest,
): Promise<DirectReply | undefined> {
  const joined = Object.entries(headers).map(([name, value]) => [
    name,
    [value ?? []].flat().join(', '),
  ])
  const reply = await answerOf(endpoints, {
    method,
    target: path,
    headers: Object.fromEntries(joined),
    body: Buffer.from(body).toString('utf8'),
  })
  if (reply === dropped) return undefined
  return {
    status: reply.status,
    headers: { 'content-type': reply.type, ...reply.headers },
    body: reply.body,
  }
}
