import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { downloadImage } from '../../src/vm/download.ts'
import { BootProblem } from '../../src/vm/problem.ts'

const content = Buffer.alloc(200_000, 'disk')
const sumOf = (algorithm: string) => createHash(algorithm).update(content).digest('hex')

/** A publisher on loopback: what stands at its paths, and a folder for what is kept. */
async function publish(pages: Readonly<Record<string, string | Buffer | URL>>) {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const page = pages[url]
    if (page instanceof URL) response.writeHead(302, { location: page.href }).end()
    else response.writeHead(page === undefined ? 404 : 200).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const folder = mkdtempSync(join(tmpdir(), 'kontena-images-'))
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = new URL(`http://127.0.0.1:${port}/latest/disk.qcow2`)
  return { url, folder, asked, kept: () => readdirSync(folder) }
}

async function problemOf(download: Promise<string>): Promise<BootProblem> {
  const error: unknown = await download.catch((reason: unknown) => reason)
  if (error instanceof BootProblem) return error
  throw new Error('it was not refused', { cause: error })
}

const page = '/latest/disk.qcow2'

describe('an image that is named by its address', () => {
  test.each([
    ['SHA512SUMS', 'sha512', '  '],
    ['SHA256SUMS', 'sha256', ' *'],
  ])('is fetched once, checked against %s, and kept', async (list, algorithm, gap) => {
    const lines = `${'0'.repeat(128)}  other.qcow2\n${sumOf(algorithm)}${gap}disk.qcow2\n`
    const { url, folder, asked } = await publish({ [page]: content, [`/latest/${list}`]: lines })
    const said: string[] = []
    const path = await downloadImage({ url, folder, tell: (line) => said.push(line) })
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(basename(path)).toMatch(/^[0-9a-f]{12}-disk\.qcow2$/)
    expect(said).toEqual([`Downloading ${url}`, `Kept as ${path}`])
    const before = asked.length
    expect(await downloadImage({ url, folder })).toBe(path)
    expect(asked).toHaveLength(before)
  })

  test('is not kept when it is another one than its publisher names', async () => {
    const lines = `${sumOf('sha512').replace(/^../, '00')}  disk.qcow2\n`
    const place = await publish({ [page]: content, '/latest/SHA512SUMS': lines })
    const { message } = await problemOf(downloadImage(place))
    expect(message).toContain('is not the image whose sha512 its publisher names')
    expect(place.kept()).toEqual([])
  })

  test.each([
    ['no list', {}],
    ['a list without it', { '/latest/SHA256SUMS': `${sumOf('sha256')}  disk.qcow2.sig\n` }],
  ])('is refused with %s beside it, before it is fetched', async (_what, pages) => {
    const place = await publish({ [page]: content, ...pages })
    const { message, hint } = await problemOf(downloadImage(place))
    expect(message).toContain('there is no SHA512SUMS or SHA256SUMS beside')
    expect(hint).toContain('give its path')
    expect(place.asked).not.toContain(page)
  })

  test('that is gone is told with the answer', async () => {
    const lines = `${sumOf('sha512')}  disk.qcow2\n`
    const place = await publish({ '/latest/SHA512SUMS': lines })
    expect((await problemOf(downloadImage(place))).message).toContain('answers 404')
    expect(place.kept()).toEqual([])
  })

  test('is not fetched over plain http from elsewhere', async () => {
    const { folder } = await publish({})
    const url = new URL('http://images.example/disk.qcow2')
    expect((await problemOf(downloadImage({ url, folder }))).message).toContain(
      'is no https address',
    )
  })

  test('is fetched from where its publisher sends us', async () => {
    const mirror = await publish({ [page]: content })
    const place = await publish({
      [page]: mirror.url,
      '/latest/SHA256SUMS': `${sumOf('sha256')}  disk.qcow2\n`,
    })
    expect(readFileSync(await downloadImage(place)).equals(content)).toBe(true)
  })

  test('is not checked against a list that came over plain http', async () => {
    const list = new URL('http://images.example/SHA512SUMS')
    const place = await publish({ [page]: content, '/latest/SHA512SUMS': list })
    const { message } = await problemOf(downloadImage(place))
    expect(message).toBe(`${list} is no https address`)
    expect(place.kept()).toEqual([])
  })

  test('that is sent in circles is given up', async () => {
    const pages: Record<string, URL> = {}
    const place = await publish(pages)
    pages['/latest/SHA512SUMS'] = new URL('SHA512SUMS', place.url)
    expect((await problemOf(downloadImage(place))).message).toContain('leads on and on')
    expect(place.asked).toHaveLength(5)
  })

  test('of a computer that does not answer is told by its name', async () => {
    const { folder } = await publish({})
    const url = new URL('http://127.0.0.1:1/disk.qcow2')
    expect((await problemOf(downloadImage({ url, folder }))).message).toContain(
      '127.0.0.1:1 cannot be reached',
    )
  })

  test('leaves nothing when it is interrupted', async () => {
    const lines = `${sumOf('sha512')}  disk.qcow2\n`
    const place = await publish({ [page]: content, '/latest/SHA512SUMS': lines })
    const signal = AbortSignal.abort(new Error('interrupted'))
    await expect(downloadImage({ ...place, signal })).rejects.toThrow('interrupted')
    expect(place.kept()).toEqual([])
  })
})
