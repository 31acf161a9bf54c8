import { gunzipSync } from 'node:zlib'
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja'
import { readCloudConfig, type UserDataFile } from './cloud-config.ts'
import { readIgnition } from './ignition.ts'

/** What a machine knows of itself, named as in cloud-init's instance data. */
export interface InstanceData {
  readonly v1: Readonly<Record<string, string>>
  readonly metaData: Readonly<Record<string, unknown>>
  /** What the image reads at boot; cloud-init's documents where absent. */
  readonly reads?: 'ignition' | undefined
}

/** Largest document that unpacked user data may be; cloud-init sets none, we do not trust a bomb. */
const largestDocument = 16 * 1024 * 1024

/**
 * Takes user data apart as Ignition does, or cloud-init: gunzip, also out of a MIME message, jinja where the first line
 * asks for it, then `#cloud-config`. Kinds that nothing of ours sends (scripts, includes, messages of
 * several parts) are refused.
 *
 * @throws Error with what is wrong
 */
export function readUserData(raw: Buffer, instance: InstanceData): readonly UserDataFile[] {
  if (raw.length === 0) return []
  // It unpacks nothing and knows no templates.
  if (instance.reads === 'ignition') return readIgnition(raw.toString('utf8'))
  const text = unpack(raw).toString('utf8')
  const attached = /^mime-version:/i.test(text) ? decodeMessage(text) : undefined
  if (attached !== undefined) return readUserData(attached, instance)
  const document = /^## template: *jinja\s*\n/.test(text) ? render(text, instance) : text
  if (!/^#cloud-config\s*(\n|$)/.test(document)) {
    throw new Error(
      `user data begins with ${JSON.stringify(document.slice(0, 40))}, not with #cloud-config`,
    )
  }
  return readCloudConfig(document)
}

function unpack(raw: Buffer): Buffer {
  const isGzipped = raw[0] === 0x1f && raw[1] === 0x8b
  return isGzipped ? gunzipSync(raw, { maxOutputLength: largestDocument }) : raw
}

/** What a message of one gzipped part carries. */
function decodeMessage(text: string): Buffer {
  const [head = '', ...body] = text.split('\n\n')
  const headers = new Map(
    head.split('\n').map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.trim().toLowerCase(), value.join(':').trim().toLowerCase()]
    }),
  )
  const type = headers.get('content-type')
  const encoding = headers.get('content-transfer-encoding')
  if (type !== 'application/gzip' || encoding !== 'base64') {
    throw new Error(`user data is a message of type ${type} in ${encoding}, not of gzip in base64`)
  }
  return Buffer.from(body.join(''), 'base64')
}

/** cloud-init renders the document without its first line, and trims newlines after blocks. */
function render(text: string, { v1, metaData }: InstanceData): string {
  const template = text.slice(text.indexOf('\n') + 1)
  const environment = new Environment()
  const data = { ...v1, v1, ds: { meta_data: withJinjaNames(metaData) } }
  for (const [name, value] of Object.entries(data)) environment.set(name, value)
  const program = parse(tokenize(template, { trim_blocks: true, lstrip_blocks: false }))
  const rendered = new Interpreter(environment).run(program)
  return String(rendered.value)
}

/** Jinja cannot name `ami-launch-index`, so cloud-init offers each key with underscores too. */
function withJinjaNames(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const aliases = Object.entries(data).map(([name, value]) => [name.replaceAll('-', '_'), value])
  return { ...data, ...Object.fromEntries(aliases) }
}
