import { execFile } from 'node:child_process'

/** A keyring that wants to be unlocked may ask on a screen that nobody looks at. */
const deadline = 5_000
const service = 'UpCloud'

/**
 * What `upctl account login` has put into the keyring of this computer's user: the token under the empty
 * name, a password under that of its account. Undefined where there is no keyring, or nothing in it.
 */
export async function readKeyring(
  username: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted()
  const command = lookup(username, process.platform)
  if (command === undefined) return undefined
  const secret = await run(command, signal)
  return secret === undefined || secret === '' ? undefined : decode(secret)
}

interface Command {
  readonly file: string
  readonly args: readonly string[]
}

function lookup(username: string, platform: NodeJS.Platform): Command | undefined {
  switch (platform) {
    case 'linux':
      return { file: 'secret-tool', args: ['lookup', 'service', service, 'username', username] }
    case 'darwin':
      return {
        file: 'security',
        args: ['find-generic-password', '-s', service, '-a', username, '-w'],
      }
    default:
      return undefined
  }
}

/** Whatever goes wrong, a keyring that does not answer is as good as none. */
function run({ file, args }: Command, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { timeout: deadline, killSignal: 'SIGKILL', signal, encoding: 'utf8' } as const
    execFile(file, args, options, (error, output) => {
      if (signal.aborted) reject(signal.reason)
      else resolve(error === null ? output.replace(/\r?\n$/, '') : undefined)
    })
  })
}

/** On macOS upctl's library writes down how it encoded what it stored. */
function decode(secret: string): string {
  const [, encoding, content = ''] = /^go-keyring-(base64|encoded):(.*)$/s.exec(secret) ?? []
  if (encoding === undefined) return secret
  return Buffer.from(content, encoding === 'base64' ? 'base64' : 'hex').toString('utf8')
}
