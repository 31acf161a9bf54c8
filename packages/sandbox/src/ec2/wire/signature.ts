import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { CloudRequest } from '../../server.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Who called, for which service and region; or why they are not believed. */
export type Caller =
  | { readonly kind: 'known'; readonly region: string; readonly service: string }
  | {
      readonly kind: 'unknown-key' | 'bad-signature' | 'expired'
      readonly region: string
      readonly service: string
    }

const header =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/
/** A session token that stands for one whose time has run out. */
const expiredToken = 'expired'
/** How far a signed call may be off our clock. */
const longestSkew = 15 * 60_000

/**
 * Checks the signature of a call as AWS documents it ("Signature Version 4 signing process"): a
 * wrong secret gives another signature, so nothing but the secret itself gets in.
 */
export function identify(request: CloudRequest, credentials: Credentials): Caller {
  const match = header.exec(request.headers.authorization ?? '')
  const [, keyId = '', day = '', region = '', service = '', signed = '', signature = ''] =
    match ?? []
  const scope = { region, service }
  if (keyId !== credentials.accessKeyId) return { kind: 'unknown-key', ...scope }
  const time = headerText(request.headers, 'x-amz-date')
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    time,
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest(request, signed.split(';'))),
  ].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  )
  if (!timingSafeEqual(hmac(key, stringToSign), Buffer.from(signature, 'hex'))) {
    return { kind: 'bad-signature', ...scope }
  }
  const token = headerText(request.headers, 'x-amz-security-token')
  if (token === expiredToken || isStale(time)) return { kind: 'expired', ...scope }
  return { kind: token === '' ? 'known' : 'unknown-key', ...scope }
}

function canonicalRequest(request: CloudRequest, signedHeaders: readonly string[]): string {
  const [path = '/', query = ''] = request.target.split('?', 2)
  return [
    request.method,
    path,
    query.split('&').sort().join('&'),
    ...signedHeaders.map((name) => `${name}:${headerText(request.headers, name)}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n')
}

/** Header values are signed without outer spaces and with single inner ones. */
function headerText(headers: IncomingHttpHeaders, name: string): string {
  return [headers[name] ?? ''].flat().join(',').trim().replace(/ +/g, ' ')
}

function isStale(time: string): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? []
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return !(Math.abs(Date.now() - signedAt) <= longestSkew)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
