import { createHash, X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { ProvisionError } from '@kontena/core'

const longestPem = 64 * 1024
const patience = 10_000

/** PEM text with a certificate in it. Throws `BAD_OPTIONS`, saying where it came from. */
export function readAuthority(pem: string, source: string): string {
  parseCertificate(pem, source)
  return pem
}

/**
 * The authority that a master shows, if it is the one with this SHA-256 over its DER. The request is
 * the only one that trusts anybody; it carries nothing, and what it brings counts by its hash alone.
 */
export async function fetchPinnedAuthority(
  url: string,
  sha256: string,
  signal: AbortSignal,
): Promise<string> {
  const wanted = sha256.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(wanted)) {
    throw new ProvisionError('BAD_OPTIONS', `--ca-sha256 ${sha256} is not a SHA-256 in hex`)
  }
  if (!url.startsWith('https:')) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `--ca-sha256 needs a URL with https, and ${url} is none`,
    )
  }
  const certificate = parseCertificate(await fetchUntrusted(`${url}/v1/ca.pem`, signal), url)
  const found = hashOf(certificate)
  if (found === wanted) return certificate.toString()
  throw new ProvisionError('MASTER_UNTRUSTED', `the authority of ${url} has the SHA-256 ${found}`, {
    hint: 'it is another master, or somebody is in between; nothing was sent to it',
  })
}

/** SHA-256 in hex of an authority that is known, as others give it to `--ca-sha256`. */
export function authorityHash(pem: string): string {
  return hashOf(parseCertificate(pem, 'the known authority'))
}

function hashOf({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('hex')
}

function parseCertificate(pem: string, source: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new ProvisionError('BAD_OPTIONS', `${source} shows no certificate in PEM`, {
      cause: error,
    })
  }
}

function fetchUntrusted(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void =>
      reject(
        signal.aborted
          ? signal.reason
          : new ProvisionError('MASTER_UNREACHABLE', `no authority from ${url}: ${reason}`, {
              cause,
            }),
      )
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    const call = request(
      url,
      { rejectUnauthorized: false, signal: limit, agent: false },
      (reply) => {
        const chunks: Buffer[] = []
        let size = 0
        reply.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > longestPem) call.destroy(new Error('the answer is too long'))
          else chunks.push(chunk)
        })
        reply.on('error', (error) => fail(error.message, error))
        reply.on('end', () => {
          if (reply.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'))
          else fail(`the answer is ${reply.statusCode}`)
        })
      },
    )
    call.on('error', (error) => fail(limit.aborted ? 'no answer in time' : error.message, error))
    call.end()
  })
}
