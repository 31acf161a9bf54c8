import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Call } from '@kontena/core'
import type { Connection, Finished } from './connection.ts'

export type RemoteScript =
  | 'check-host'
  | 'claim-host'
  | 'look-at-host'
  | 'read-journal'
  | 'release-host'
  | 'restart-host'

export interface ScriptRun {
  readonly script: RemoteScript
  readonly args: readonly string[]
  /** What the script gets from its function `payload`. */
  readonly payload?: Uint8Array
  /** Milliseconds. */
  readonly timeout: number
  /** As the account that is logged in; as root where absent. */
  readonly asUser?: boolean
}

/**
 * Runs one of our scripts on a host. All of it goes by stdin: arguments can be read by every account of the
 * host, a payload may hold a secret, and a login shell of whatever kind has nothing to misread.
 */
export function runScript(
  connection: Connection,
  { script, args, payload, timeout, asUser }: ScriptRun,
  call: Call,
): Promise<Finished> {
  const line = asUser === true ? 'sh -s' : asRoot
  return connection.run({ line, stdin: compose(readScript(script), args, payload), timeout }, call)
}

const asRoot = `sh -c 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'`

/** A shell runs what it reads line by line; in a function, nothing runs until all has arrived. */
function compose(body: string, args: readonly string[], payload: Uint8Array | undefined): string {
  const words = args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  return [
    'main() {',
    body,
    '}',
    ...(payload === undefined ? [] : payloadFunction(payload)),
    ['main', ...words, '< /dev/null'].join(' '),
    '',
  ].join('\n')
}

function payloadFunction(payload: Uint8Array): string[] {
  const lines =
    Buffer.from(payload)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  return ['payload() {', "base64 -d << 'END_OF_PAYLOAD'", ...lines, 'END_OF_PAYLOAD', '}']
}

function readScript(script: RemoteScript): string {
  const { resolve } = createRequire(import.meta.url)
  return readFileSync(resolve(`@kontena/templates/ssh/${script}`), 'utf8')
}

/** Lines that begin with a word, by that word. */
export function readAnswer(stdout: string): (word: string) => string[] {
  const lines = stdout.split('\n').map((line) => {
    const space = line.indexOf(' ')
    return space === -1
      ? { word: line, rest: '' }
      : { word: line.slice(0, space), rest: line.slice(space + 1) }
  })
  return (word) => lines.flatMap((line) => (line.word === word ? line.rest : []))
}
