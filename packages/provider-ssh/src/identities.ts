import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isFailure, ProvisionError } from '@kontena/core'
import ssh2, {
  type BaseAgent,
  type KnownPublicKeys,
  type ParsedKey,
  type PublicKeyEntry,
} from 'ssh2'

// Node finds no names in what this package exports the old way.
const { createAgent, utils } = ssh2

/** A way to prove who one is. */
export interface Identity {
  /** As people call it, for messages. */
  readonly label: string
  readonly proof:
    | { readonly type: 'agent'; readonly agent: BaseAgent }
    | { readonly type: 'publickey'; readonly key: ParsedKey }
}

/** Names that ssh-keygen gives by default, as OpenSSH looks for them. */
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Keys to log in with: the one file that was named, else all of the SSH agent and the usual files. A key
 * that is locked by a passphrase is used through the agent. Throws what names the file or the agent.
 */
export async function findIdentities(file: string | undefined): Promise<readonly Identity[]> {
  const agent = await openAgent(process.env.SSH_AUTH_SOCK)
  if (file !== undefined) return [await namedIdentity(file, agent)]
  const found = agent === undefined ? [] : [ofAgent(agent)]
  const locked: string[] = []
  for (const name of usualFiles) {
    const key = await readUsualKey(join(homedir(), '.ssh', name))
    if (key === 'locked') locked.push(`~/.ssh/${name}`)
    else if (key !== undefined) found.push({ label: `~/.ssh/${name}`, proof: publicKey(key) })
  }
  if (found.length > 0) return found
  throw noKey(locked)
}

/** An agent that answers and has keys. */
interface OpenAgent {
  readonly path: string
  readonly keys: readonly Buffer[]
}

async function openAgent(path: string | undefined): Promise<OpenAgent | undefined> {
  if (path === undefined || path === '') return undefined
  const keys = await new Promise<Buffer[]>((resolve) => {
    createAgent(path).getIdentities((error, known) =>
      resolve(error ? [] : publicBlobs(known ?? [])),
    )
  })
  return keys.length === 0 ? undefined : { path, keys }
}

function publicBlobs(known: KnownPublicKeys): Buffer[] {
  return known.flatMap((entry) => {
    const key = utils.parseKey(publicHalf(entry))
    return key instanceof Error ? [] : [key.getPublicSSH()]
  })
}

/** Some agents tell a comment with a key. */
function publicHalf(
  entry: KnownPublicKeys[number] | PublicKeyEntry['pubKey'],
): ParsedKey | Buffer | string {
  if (typeof entry === 'string' || Buffer.isBuffer(entry) || 'type' in entry) return entry
  return publicHalf(entry.pubKey)
}

function ofAgent({ path, keys }: OpenAgent): Identity {
  const label = `${keys.length === 1 ? 'the key' : `${keys.length} keys`} of the SSH agent`
  return { label, proof: { type: 'agent', agent: createAgent(path) } }
}

function publicKey(key: ParsedKey): Identity['proof'] {
  return { type: 'publickey', key }
}

async function namedIdentity(file: string, agent: OpenAgent | undefined): Promise<Identity> {
  const text = await readKeyFile(file)
  const key = parsePrivateKey(text)
  if (typeof key !== 'string') return { label: `the key ${file}`, proof: publicKey(key) }
  if (key === 'public') {
    throw new ProvisionError('BAD_OPTIONS', `--key ${file} is a public key`, {
      hint: `name the private one: --key ${file.replace(/\.pub$/, '')}`,
    })
  }
  if (key === 'none') {
    throw new ProvisionError('BAD_OPTIONS', `--key ${file} holds no private key that can be read`, {
      hint: 'make one with: ssh-keygen -t ed25519',
    })
  }
  return lockedIdentity(file, agent)
}

/** The agent is asked for this one key only: servers end a login after some keys that they do not know. */
async function lockedIdentity(file: string, agent: OpenAgent | undefined): Promise<Identity> {
  const half = await readKeyFile(`${file}.pub`).catch(() => undefined)
  const wanted = half === undefined ? undefined : utils.parseKey(half)
  const blob = wanted === undefined || wanted instanceof Error ? undefined : wanted.getPublicSSH()
  const isThere = blob !== undefined && agent?.keys.some((key) => key.equals(blob))
  if (agent === undefined || !isThere) {
    throw new ProvisionError('NO_CREDENTIALS', `--key ${file} is locked by a passphrase`, {
      hint: `unlock it for the SSH agent with: ssh-add ${file}`,
    })
  }
  return {
    label: `the key ${file} of the SSH agent`,
    proof: { type: 'agent', agent: agentWithOnly(agent.path, blob) },
  }
}

function agentWithOnly(path: string, blob: Buffer): BaseAgent {
  const agent = createAgent(path)
  const all = agent.getIdentities.bind(agent)
  agent.getIdentities = (tell) =>
    all((error, keys) => {
      tell(
        error,
        keys?.filter((key) => publicBlobs([key]).some((each) => each.equals(blob))),
      )
    })
  return agent
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new ProvisionError('LOCAL_FILE', `--key ${file} cannot be read: ${code}`, {
      cause: error,
      hint: 'check the path, and that you may read it',
    })
  }
}

async function readUsualKey(file: string): Promise<ParsedKey | 'locked' | undefined> {
  try {
    const key = parsePrivateKey(await readKeyFile(file))
    return key === 'locked' || typeof key !== 'string' ? key : undefined
  } catch (error) {
    if (isFailure(error, 'LOCAL_FILE')) return undefined
    throw error
  }
}

function parsePrivateKey(text: string): ParsedKey | 'locked' | 'public' | 'none' {
  const key = utils.parseKey(text)
  if (!(key instanceof Error)) return key.isPrivateKey() ? key : 'public'
  return /encrypted|passphrase/i.test(key.message) ? 'locked' : 'none'
}

function noKey(locked: readonly string[]): ProvisionError {
  const [first] = locked
  if (first === undefined) {
    return new ProvisionError('NO_CREDENTIALS', 'there is no SSH key to log in with', {
      hint: 'name one with --key, start an SSH agent that has one, or make one with: ssh-keygen -t ed25519',
    })
  }
  const text = locked.length === 1 ? 'is locked by a passphrase' : 'are locked by passphrases'
  return new ProvisionError('NO_CREDENTIALS', `${locked.join(', ')} ${text}`, {
    hint: `unlock it for the SSH agent with: ssh-add ${first}`,
  })
}
