import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { packUserData } from '../src/pack-user-data.ts'
import { cloudInitPython, runCloudInit } from './cloud-init.ts'

const document = '## template: jinja\n#cloud-config\nhostname: "{{ name }}"\n'.padEnd(
  5_000,
  '# x\n',
)

/** What cloud-init itself makes of user data, as its own interpreter loads it. */
const program = `
import sys
from cloudinit import util
from cloudinit.user_data import UserDataProcessor
util.fetch_ssl_details = lambda paths: {}
parts = UserDataProcessor(None).process(open(sys.argv[1], 'rb').read()).get_payload()
assert len(parts) == 1, len(parts)
sys.stdout.write(parts[0].get_content_type() + '\\n' + util.fully_decoded_payload(parts[0]))
`

const isMissing = cloudInitPython === undefined
if (isMissing) {
  process.stdout.write('skipped: user data as cloud-init unpacks it, which is missing\n')
}

describe('packUserData', () => {
  it('leaves a document as it is where the provider takes text of its size', () => {
    const packed = packUserData(document, { bytes: document.length, gzip: false })
    expect(Buffer.from(packed).toString()).toBe(document)
  })

  it('gzips where the provider takes that, whatever the size', () => {
    const packed = packUserData(document, { bytes: 100_000, gzip: true })
    expect(gunzipSync(packed).toString()).toBe(document)
  })

  it('makes a message of text of what is too long, in lines that mail may have', () => {
    const packed = packUserData(document, { bytes: document.length - 1, gzip: false })
    const [headers, body = ''] = Buffer.from(packed).toString('ascii').split('\n\n')
    expect(headers).toMatchInlineSnapshot(`
      "MIME-Version: 1.0
      Content-Type: application/gzip
      Content-Transfer-Encoding: base64"
    `)
    expect(Math.max(...body.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76)
    expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(document)
  })

  it('gives the same bytes each time', () => {
    const limit = { bytes: 100, gzip: false }
    expect(packUserData(document, limit)).toEqual(packUserData(document, limit))
  })

  it.skipIf(isMissing).each([
    ['text', { bytes: 100_000, gzip: false }],
    ['gzip', { bytes: 100_000, gzip: true }],
    ['a message', { bytes: 100, gzip: false }],
  ])('sends as %s what cloud-init reads as the document', (_what, limit) => {
    const read = runCloudInit(program, packUserData(document, limit))
    expect(read).toBe(`text/jinja2\n${document}`)
  })
})
