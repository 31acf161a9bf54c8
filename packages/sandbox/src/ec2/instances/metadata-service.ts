import { randomBytes } from 'node:crypto'
import { type MetadataReply, type MetadataService, notFound } from '../../vm/metadata-service.ts'

export interface MetadataServiceOptions {
  readonly userData: Buffer
  /** Whether it answers at all. */
  readonly isEnabled: boolean
  /** IMDSv2 only, as `HttpTokens: required` has it. */
  readonly needsToken: boolean
  /** What stands below a version, as it is now: texts, and folders of them. */
  readonly tree: () => Record<string, unknown>
}

const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds'
const tokenHeader = 'x-aws-ec2-metadata-token'
const longestTtl = 21_600

/**
 * EC2's instance metadata service, as its user guide describes it. Hops are not counted: packets come here
 * without them.
 */
export function openMetadataService(options: MetadataServiceOptions): MetadataService {
  const tokens = new Map<string, number>()
  return ({ method, target, headers }) => {
    if (!options.isEnabled) return { status: 403, body: '' }
    const [path = ''] = target.split('?')
    if (method === 'PUT') {
      return path === '/latest/api/token' ? giveToken(headers, tokens) : notFound()
    }
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: '' }
    const token = headers[tokenHeader]
    // A wrong token is refused also where none is needed.
    const isUnproven = token === undefined ? options.needsToken : !isValid(token, tokens)
    return isUnproven ? { status: 401, body: '' } : answer(path, options)
  }
}

function isValid(token: string | readonly string[], tokens: ReadonlyMap<string, number>): boolean {
  return typeof token === 'string' && (tokens.get(token) ?? 0) > Date.now()
}

function giveToken(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  tokens: Map<string, number>,
): MetadataReply {
  // Requests that a proxy passed on get no token: that is what keeps an open one from stealing it.
  if (headers['x-forwarded-for'] !== undefined) return { status: 403, body: '' }
  const ttl = Number(headers[ttlHeader])
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > longestTtl) return { status: 400, body: '' }
  const token = randomBytes(40).toString('base64url')
  tokens.set(token, Date.now() + ttl * 1000)
  return { status: 200, headers: { [ttlHeader]: String(ttl) }, body: token }
}

function answer(path: string, { userData, tree }: MetadataServiceOptions): MetadataReply {
  const [version, ...names] = path.split('/').filter((name) => name !== '')
  if (version === undefined) return { status: 200, body: 'latest\n2021-03-23' }
  if (version !== 'latest' && !/^\d{4}-\d\d-\d\d$/.test(version)) return notFound()
  if (names[0] === 'user-data') {
    if (names.length > 1 || userData.length === 0) return notFound()
    return { status: 200, type: 'application/octet-stream', body: userData }
  }
  const found = find(names, tree())
  if (typeof found === 'string') return { status: 200, body: found }
  if (!isFolder(found)) return notFound()
  const listed = list(found)
  const all = names.length === 0 && userData.length > 0 ? [...listed, 'user-data'] : listed
  return { status: 200, body: all.join('\n') }
}

function find(names: readonly string[], tree: unknown): unknown {
  let at = tree
  for (const name of names) {
    if (!isFolder(at)) return undefined
    // A key is listed as `0=name` and asked for as `0`.
    const key = Object.keys(at).find((one) => one === name || one.startsWith(`${name}=`))
    at = key === undefined ? undefined : at[key]
  }
  return at
}

/** Folders end in a slash, but for the keys', whose names say enough. */
function list(folder: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(folder).map(([name, value]) =>
    isFolder(value) && !name.includes('=') ? `${name}/` : name,
  )
}

function isFolder(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
