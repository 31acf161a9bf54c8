import { stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import { expect } from 'vitest'
import { z } from 'zod'
import { type Subject, showNode } from '../subject.ts'

const enrolment = z.object({
  secret: z.string().min(16),
  machine: z.record(z.string(), z.string()),
})

/**
 * Whoever reads the user data again gets nothing for it. The request is made on the machine, as a
 * container there would: for its own name with another token, and for a name of somebody else.
 */
export async function secretIsRefused(
  subject: Subject,
  readUserData: string,
  signal: AbortSignal,
): Promise<string> {
  const packed = await subject.guest.root(`{ ${readUserData}\n} | base64 --wrap 0`, signal)
  const { secret, machine } = findEnrolment(Buffer.from(packed, 'base64'))
  const id = (await showNode(subject, signal)).machine?.id
  const answers: string[] = []
  for (const name of [subject.name, 'somebody-else']) {
    const body = {
      secret,
      name,
      machine: { ...machine, id },
      nodeToken: 'a'.repeat(64),
      hostKeys: [],
    }
    answers.push(await post(subject, JSON.stringify(body), signal))
  }
  expect(answers).toEqual(['403', '403'])
  return 'read back, it is answered 403, for its own name and for another'
}

function findEnrolment(bytes: Buffer): z.infer<typeof enrolment> {
  const text = unpack(bytes).toString()
  const [, content] =
    /\/etc\/kontena\/enrolment\.json\n(?:(?!- ).*\n)*? +content: '([A-Za-z0-9+/=]+)'/.exec(text) ??
    []
  if (content === undefined) throw new Error('no enrolment in the user data')
  return enrolment.parse(JSON.parse(Buffer.from(content, 'base64').toString()))
}

/** User data is text, gzipped text, or a MIME message of that where a cloud wants text and has little room. */
function unpack(bytes: Buffer): Buffer {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes)
  const [head = '', ...body] = bytes.toString('latin1').split('\n\n')
  if (!/^Content-Transfer-Encoding: base64$/m.test(head)) return bytes
  return unpack(Buffer.from(body.join('\n'), 'base64'))
}

function post({ lab, guest }: Subject, body: string, signal: AbortSignal): Promise<string> {
  return guest.root(
    `echo '${body}' | curl -sS --cacert /etc/kontena/ca.pem --output /dev/null --write-out '%{http_code}' \\
       --header 'content-type: application/json' --data-binary @- ${lab.master.url}/v1/enrol`,
    signal,
  )
}

/** Every byte that was written is read, those of deleted files too; the node's own token shows that it works. */
export async function gridTokenIsNowhere(subject: Subject, signal: AbortSignal): Promise<string> {
  const { lab, guest, disk } = subject
  const text = await lab.kontena.run(['grid', 'env', lab.grid], signal)
  const token = /KONTENA_TOKEN='?([^'\s]+)/.exec(text)?.[1]
  if (token === undefined) throw new Error('kontena grid env names no token')
  const read = "sed -n 's/^KONTENA_NODE_TOKEN=//p' /etc/kontena-agent.env; sync"
  const own = await guest.root(read, signal)
  // Lines that end in a zero byte: what is empty would be one line of many megabytes.
  const patterns = ['-e', token, '-e', own]
  const { stdout } = await execa('grep', ['-aozF', ...patterns, disk], { cancelSignal: signal })
  const found = stdout.split('\0')
  expect(found.filter((line) => line === own).length).toBeGreaterThan(0)
  expect(found.filter((line) => line === token).length).toBe(0)
  const size = Math.round((await stat(disk)).size / 2 ** 20)
  return `in ${size} MiB the node's own token is found ${found.length} times, and the grid's never`
}
