/** A request that a machine sends to the metadata service of its cloud. */
export interface MetadataRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface MetadataReply {
  readonly status: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** One machine's metadata service. It knows by the machine who asks, as the clouds' own do. */
export type MetadataService = (request: MetadataRequest) => MetadataReply

export function notFound(): MetadataReply {
  return { status: 404, body: '' }
}
