import { execFile, execFileSync, type PromiseWithChild } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

/** What cloud-init knows of a machine and our documents ask for. */
export interface InstanceFacts {
  launchIndex: number
  instanceId: string
  localHostname?: string
}

const cloudConfig = z.strictObject({
  hostname: z.string().optional(),
  preserve_hostname: z.literal(false).optional(),
  manage_etc_hosts: z.literal(true).optional(),
  ssh_authorized_keys: z.array(z.string()).optional(),
  write_files: z.array(
    z.strictObject({
      path: z.string().startsWith('/'),
      permissions: z.string().regex(/^0[0-7]{3}$/),
      encoding: z.literal('b64').optional(),
      content: z.string(),
    }),
  ),
  runcmd: z.array(z.array(z.string())),
})

/** Takes user data apart as cloud-init does: gunzip, jinja, YAML, files decoded. */
export function readUserData(bytes: Uint8Array, facts: InstanceFacts) {
  const raw = Buffer.from(bytes)
  const text = (raw[0] === 0x1f ? gunzipSync(raw) : fromMessage(raw)).toString('utf8')
  const hasJinja = text.startsWith('## template: jinja\n#cloud-config\n')
  const config = cloudConfig.parse(parse(hasJinja ? renderJinja(text, facts) : text))
  const files = new Map(
    config.write_files.map((file) => [
      file.path,
      {
        mode: Number.parseInt(file.permissions, 8),
        content:
          file.encoding === 'b64'
            ? Buffer.from(file.content, 'base64').toString('utf8')
            : file.content,
      },
    ]),
  )
  return { ...config, files }
}

/** The one gzipped part of a MIME message; anything else as it is. */
function fromMessage(raw: Buffer): Buffer {
  const [headers, body] = raw.toString('latin1').split('\n\n')
  if (!headers?.startsWith('MIME-Version: 1.0\nContent-Type: application/gzip\n')) return raw
  return gunzipSync(Buffer.from(body ?? '', 'base64'))
}

const statement = /^\{% set (\w+) = (.+) %\}\n/gm
const expression = /\{\{ (.+?) \}\}/g
/** What the expression of a resource group and a machine in it, in lower case, gives. */
const joined =
  '(ds.meta_data.imds.compute.resourceGroupName ~ "/" ~ ds.meta_data.imds.compute.name) | lower'

/** As much jinja as our documents use. All else that jinja would take for its own is an error. */
function renderJinja(text: string, { launchIndex, instanceId, localHostname }: InstanceFacts) {
  const variables = new Map<string, string>([
    ['v1.instance_id', instanceId],
    [joined, 'my-group_(x)/web-1-abc'],
  ])
  let names: string[] = []
  const withoutStatements = text.replace(statement, (whole, name: string, value: string) => {
    if (name === 'names') names = z.array(z.string()).parse(JSON.parse(value))
    else if (/^names\[(ds\.meta_data\.ami_launch_index|0) \| int\]$/.test(value)) {
      variables.set(name, names[launchIndex] ?? 'missing')
    } else if (value === 'v1.local_hostname if v1.local_hostname in names else ""') {
      variables.set(name, names.find((each) => each === localHostname) ?? '')
    } else throw new Error(`jinja statement: ${whole}`)
    return ''
  })
  const rest = withoutStatements.replace(expression, '')
  if (/\{\{|\{%|\{#/.test(rest))
    throw new Error(`jinja in: ${/.*(\{\{|\{%|\{#).*/.exec(rest)?.[0]}`)
  return withoutStatements.replace(expression, (whole, name: string) => {
    const value = variables.get(name)
    if (value === undefined) throw new Error(`jinja expression: ${whole}`)
    return value
  })
}

export interface MachineOptions extends InstanceFacts {
  /** Which of the two programs that can speak HTTP this machine has. */
  client?: 'curl' | 'python3'
  hostKeys?: readonly string[]
}

/** A scratch folder that stands for a machine's `/`, written from its user data; gone with the test. */
export function bootMachine(userData: Uint8Array, options: MachineOptions) {
  const root = makeFolder()
  for (const [path, { mode, content }] of readUserData(userData, options).files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content, { mode })
    chmodSync(join(root, path), mode)
  }
  mkdirSync(join(root, 'etc/ssh'), { recursive: true })
  for (const [index, key] of (options.hostKeys ?? []).entries()) {
    writeFileSync(join(root, `etc/ssh/ssh_host_${index}_key.pub`), key)
  }
  const programs = join(root, 'programs')
  const naps = join(root, 'naps')
  mkdirSync(programs)
  for (const program of ['od', 'sync', 'mv', 'rm', 'mkdir', 'ln', 'sha256sum']) {
    symlinkSync(findProgram(program), join(programs, program))
  }
  const client = options.client ?? 'curl'
  symlinkSync(findProgram(client), join(programs, client))
  addProgram(programs, 'sleep', `echo "$1" >> '${naps}'`)

  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  return {
    root,
    read,
    /** Gives the machine a program of the test's own making; how it is called goes to `calls`. */
    pretend: (name: string, script = '') =>
      addProgram(programs, name, `${noteCall(name)}\n${script}`),
    /** Has calls of a program that the machine has written down. */
    record: (name: string) =>
      addProgram(programs, name, `${noteCall(name)}\nexec '${findProgram(name)}' "$@"`),
    calls: () => read('calls').replaceAll(root, '').trim().split('\n'),
    naps: () => read('naps').trim().split('\n').map(Number),
    /** Runs one of the machine's scripts with nothing but the programs above. */
    run: (script: string) => finish(runScript(root, script, programs)),
    start: (script: string) => runScript(root, script, programs),
    /** The agent's environment file, as docker reads it. */
    environment: () =>
      Object.fromEntries(
        read('etc/kontena-agent.env')
          .trimEnd()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
  }
}

/** A folder that is gone with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-bootstrap-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function addProgram(folder: string, name: string, script: string): void {
  // Writing through a link would write the machine's own program.
  rmSync(join(folder, name), { force: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

const noteCall = (name: string): string => `echo "${name} $*" >> "$KONTENA_ROOT/calls"`

const execute = promisify(execFile)

type Run = PromiseWithChild<{ stdout: string; stderr: string }>

function runScript(root: string, script: string, path: string): Run {
  const file = join(root, 'opt/kontena', script)
  return execute('/bin/sh', [file], { env: { PATH: path, KONTENA_ROOT: root } })
}

const failedRun = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() })

async function finish(run: Run): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run) }
  } catch (error) {
    return failedRun.parse(error)
  }
}

/** Where a program really is: version switchers put a wrapper with needs of its own on the path. */
export function findProgram(name: string): string {
  const found = execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' })
  if (name !== 'python3') return found.trim()
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim()
}

export function hasProgram(name: string): boolean {
  try {
    return findProgram(name) !== ''
  } catch {
    return false
  }
}
