import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BootProblem } from './problem.ts'

/** Lists of checksums that publishers keep beside their images: Debian the first, Ubuntu the second. */
const lists = [
  { name: 'SHA512SUMS', algorithm: 'sha512' },
  { name: 'SHA256SUMS', algorithm: 'sha256' },
] as const
/** Milliseconds without a byte. */
const patience = 30_000
const mostRedirects = 5
const byHand = 'download and check an image yourself, and give its path'

export interface Download {
  readonly url: URL
  /** Where it is kept. */
  readonly folder: string
  readonly tell?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches an image once, checked against the list of checksums beside it, and keeps it.
 *
 * @throws BootProblem where it cannot be had, or is not what its publisher says
 */
export async function downloadImage({
  url,
  folder,
  tell = () => {},
  signal,
}: Download): Promise<string> {
  checkAddress(url)
  const kept = join(folder, nameOf(url))
  if (await exists(kept)) return kept
  await mkdir(folder, { recursive: true })
  const expected = await findChecksum(url, signal)
  tell(`Downloading ${url}`)
  const part = `${kept}.${process.pid}.part`
  try {
    const found = await fetchInto(part, url, { algorithm: expected.algorithm, signal })
    if (found !== expected.sum) {
      throw new BootProblem(
        `${url} is not the image whose ${expected.algorithm} its publisher names`,
        'try again; if it stays so, something on the way changes it',
      )
    }
    await rename(part, kept)
  } finally {
    await rm(part, { force: true })
  }
  tell(`Kept as ${kept}`)
  return kept
}

/** A checksum fetched over plain HTTP proves nothing. */
function checkAddress({ protocol, hostname, href }: URL): void {
  if (protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost') return
  throw new BootProblem(`${href} is no https address`, byHand)
}

/** Images of one name stand in folders of many releases. */
function nameOf(url: URL): string {
  const hash = createHash('sha256').update(url.href).digest('hex').slice(0, 12)
  return `${hash}-${basename(url.pathname)}`
}

interface Checksum {
  readonly algorithm: 'sha512' | 'sha256'
  readonly sum: string
}

async function findChecksum(url: URL, signal: AbortSignal | undefined): Promise<Checksum> {
  for (const { name, algorithm } of lists) {
    const list = new URL(name, url)
    const reply = await request(list, limited(signal))
    const text = reply.ok ? await reply.text().catch(() => '') : ''
    const sum = sumIn(text, basename(url.pathname))
    if (sum !== undefined) return { algorithm, sum }
  }
  const names = lists.map(({ name }) => name).join(' or ')
  throw new BootProblem(`there is no ${names} beside ${url} that names it`, byHand)
}

/** Lines are a sum in hex, white space, perhaps a star, and a name. */
function sumIn(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, sum, file] = /^([0-9a-fA-F]{64,128})\s+\*?(\S+)$/.exec(line.trim()) ?? []
    if (file === name || file === `./${name}`) return sum?.toLowerCase()
  }
  return undefined
}

async function fetchInto(
  file: string,
  url: URL,
  { algorithm, signal }: { algorithm: string; signal: AbortSignal | undefined },
): Promise<string> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), patience)
  const limit = AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])])
  const hash = createHash(algorithm)
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh()
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    const reply = await request(url, limit)
    if (!reply.ok || reply.body === null) {
      throw new BootProblem(`${url} answers ${reply.status}`, byHand)
    }
    await pipeline(reply.body, counting, createWriteStream(file), { signal: limit })
  } catch (cause) {
    if (signal?.aborted || cause instanceof BootProblem) throw cause
    throw new BootProblem(`the download of ${url} broke off`, 'try again', { cause })
  } finally {
    clearTimeout(timer)
  }
  return hash.digest('hex')
}

/** Goes on to where it is sent, if nobody on the way there can change what comes. */
async function request(url: URL, signal: AbortSignal | undefined): Promise<Response> {
  let at = url
  for (let count = 0; count < mostRedirects; count += 1) {
    checkAddress(at)
    const reply = await ask(at, signal)
    const location = reply.headers.get('location')
    if (reply.status < 300 || reply.status > 399 || location === null) return reply
    await reply.body?.cancel()
    at = new URL(location, at)
  }
  throw new BootProblem(`${url} leads on and on`, byHand)
}

async function ask(url: URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: signal ?? null })
  } catch (cause) {
    if (signal?.aborted && !(signal.reason instanceof DOMException)) throw cause
    throw new BootProblem(`${url.host} cannot be reached for ${url}`, byHand, { cause })
  }
}

function limited(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(patience)
  return signal === undefined ? limit : AbortSignal.any([signal, limit])
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
