import { posix } from 'node:path'
import { Lexer, Parser, parseDocument, type Tags } from 'yaml'
import { allowedKeys, listKeys, refusedKeys } from './cloud-config-keys.ts'
import { ProvisionError } from './errors.ts'
import { flowEntry, toFlowYaml } from './flow-yaml.ts'

/** A person's own cloud-config, checked and taken apart: YAML on one line each, harmless to jinja. */
export interface UserCloudConfig {
  /** Items of the lists that we have too. */
  readonly files: readonly string[]
  readonly commands: readonly string[]
  readonly sshKeys: readonly string[]
  /** Whole entries of all other keys. */
  readonly entries: readonly string[]
}

/** No cloud takes nearly as much. */
const largest = 256 * 1024
/** Lists and mappings inside each other; what reads them needs a place on the stack for each. */
const deepest = 100

/**
 * Reads the text of `--cloud-config` as cloud-init would. Throws `BAD_OPTIONS`, naming the key, for all that
 * could keep a machine from becoming a node, or that cloud-init would not take.
 */
export function parseUserCloudConfig(text: string): UserCloudConfig {
  const config = readMapping(text)
  const keys = Object.keys(config)
  for (const key of keys) checkKey(key)
  const [files, commands, sshKeys] = listKeys.map((key) => itemsOf(key, config[key]))
  for (const file of files ?? []) checkFile(file)
  for (const command of commands ?? []) checkCommand(command)
  for (const key of sshKeys ?? []) checkSshKey(key)
  for (const mount of itemsOf('mounts', config.mounts)) checkMount(mount)
  checkPowerState(config.power_state)
  const others = Object.entries(config).filter(([key]) => !listKeys.some((list) => list === key))
  try {
    return {
      files: (files ?? []).map((file) => toFlowYaml(file)),
      commands: (commands ?? []).map((command) => toFlowYaml(command)),
      sshKeys: (sshKeys ?? []).map((key) => toFlowYaml(key)),
      entries: others.map((entry) => flowEntry(entry)),
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw refuse(`has ${error.message}`)
  }
}

function readMapping(text: string): Readonly<Record<string, unknown>> {
  if (text.length > largest) throw refuse(`is larger than ${largest / 1024} KiB`)
  if (!/^#cloud-config[ \t\r]*(\n|$)/.test(text)) {
    throw refuse('does not begin with the line #cloud-config', {
      hint: 'scripts, templates, archives and includes cannot be merged; put commands into runcmd and files into write_files',
    })
  }
  checkDepth(text)
  const document = parseDocument(text, { version: '1.1', customTags: asPythonReads })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    throw refuse(`is not YAML: ${problem.message.split('\n', 1)[0]?.replace(/:$/, '')}`)
  }
  const config = unfold(document)
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { ...config }
  throw refuse('is not a mapping of keys to values')
}

/** A document that is nested deeply enough would end the process, past all handling of errors. */
function checkDepth(text: string): void {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > deepest) throw refuse('is nested too deeply')
  }
}

/** Aliases that unfold to more than a few hundred nodes throw; what they hold is not a person's doing. */
function unfold(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw refuse('repeats itself by aliases too often')
  }
}

/** PyYAML has `y` and `1e3` for strings, unlike other readers of YAML 1.1. A date stays the text it is. */
function asPythonReads(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => {
    if (typeof tag === 'string' || tag.collection !== undefined) return [tag]
    if (tag.tag === 'tag:yaml.org,2002:timestamp' || tag.format === 'EXP') return []
    if (tag.tag !== 'tag:yaml.org,2002:bool') return [tag]
    return [{ ...tag, test: tag.test?.test('yes') === true ? pythonTrue : pythonFalse }]
  })
}

const pythonTrue = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const pythonFalse = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/

function checkKey(key: string): void {
  const reason = refusedKeys.get(key)
  if (reason !== undefined) throw refuse(`has ${key}: ${reason}`)
  if (allowedKeys.has(key)) return
  throw refuse(`has ${JSON.stringify(key)}, which is no key of cloud-init that can be merged`)
}

function itemsOf(key: string, value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw refuse(`has ${key} that is no list`)
  return value
}

function checkFile(file: unknown): void {
  const path = typeof file === 'object' && file !== null && 'path' in file ? file.path : undefined
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw refuse('has a file in write_files without an absolute path')
  }
  if (isOurs(posix.normalize(path))) {
    throw refuse(`has the file ${path} in write_files, which kontena writes or relies on`)
  }
}

/** One of another kind, as a colon makes of `echo a: b`, and cloud-init runs none, ours included. */
function checkCommand(command: unknown): void {
  if (typeof command === 'string' || Array.isArray(command)) return
  throw refuse('has a command in runcmd that is neither text nor a list of words', {
    hint: 'put a command that holds a colon and a blank in quotes as a whole',
  })
}

function checkSshKey(key: unknown): void {
  if (typeof key !== 'string') throw refuse('has a key in ssh_authorized_keys that is no text')
}

/** Whatever bears our name is ours; the rest is what Docker, cloud-init and the host's name are made from. */
function isOurs(path: string): boolean {
  return (
    /kontena/i.test(path) ||
    /^\/(?:proc|sys|dev)\//.test(path) ||
    /^\/(?:etc|var\/lib|run|var\/run)\/cloud(?:-init)?\//.test(path) ||
    ['/etc/docker/daemon.json', '/etc/hostname', '/etc/hosts'].includes(path)
  )
}

/** A file system over our files would hide them from the moment it is mounted. */
function checkMount(mount: unknown): void {
  const target: unknown = Array.isArray(mount) ? mount[1] : undefined
  if (typeof target !== 'string') return
  const folder = posix.join('/', target, '/')
  const hides = ['/opt/kontena/', '/etc/kontena/', '/etc/systemd/system/'].some((ours) =>
    ours.startsWith(folder),
  )
  if (hides) throw refuse(`mounts something on ${target}, which hides files of kontena`)
}

/** cloud-init does it last of all, when the machine is a node; one that is off then is of no use. */
function checkPowerState(value: unknown): void {
  if (value === undefined) return
  const mode =
    typeof value === 'object' && value !== null && 'mode' in value ? value.mode : undefined
  if (mode !== 'reboot') throw refuse('has power_state with another mode than reboot')
}

function refuse(problem: string, details: { hint?: string } = {}): ProvisionError {
  return new ProvisionError('BAD_OPTIONS', `--cloud-config ${problem}`, {
    hint: details.hint ?? 'take it out of the file, or correct it there',
  })
}
