import type { InstanceData } from '../../machine/user-data.ts'
import {
  type MetadataReply,
  type MetadataRequest,
  type MetadataService,
  notFound,
} from '../../vm/metadata-service.ts'

/**
 * Azure's instance metadata service, as its page describes the category `instance`: a tree that is read
 * whole as JSON, and leaf by leaf as text. What a proxy passed on is refused.
 */
export function openMetadataService({ metaData }: InstanceData): MetadataService {
  const tree = metaData.imds
  return (request) => {
    const { pathname, searchParams: query } = new URL(request.target, 'http://169.254.169.254')
    const wrong = refusal(request, query)
    if (wrong !== undefined) return wrong
    const [category, kind, ...names] = pathname.split('/').filter((name) => name !== '')
    if (category !== 'metadata' || kind !== 'instance') return notFound()
    const found = names.reduce(childOf, tree)
    return found === undefined ? notFound() : answer(found, query.get('format') ?? 'json')
  }
}

function refusal(
  { method, headers }: MetadataRequest,
  query: URLSearchParams,
): MetadataReply | undefined {
  if (method !== 'GET') return { status: 405, body: '' }
  if (headers.metadata !== 'true' || headers['x-forwarded-for'] !== undefined) {
    return badRequest('Bad request. Required metadata header not specified')
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(query.get('api-version') ?? '')) {
    return badRequest('Bad request. api-version was not specified in the request')
  }
  return undefined
}

function answer(found: unknown, format: string): MetadataReply {
  if (typeof found === 'object') {
    if (format === 'json') return json(200, found)
    return { status: 200, body: Object.keys(found ?? {}).join('\n') }
  }
  if (format === 'text') return { status: 200, body: String(found) }
  return badRequest('Bad request. A leaf is told with format=text only')
}

function childOf(at: unknown, name: string): unknown {
  if (typeof at !== 'object' || at === null) return undefined
  return Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined
}

function badRequest(error: string): MetadataReply {
  return json(400, { error })
}

function json(status: number, body: object | null): MetadataReply {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}
