import { hostname } from 'node:os'
import type { z } from 'zod'
import type { TrustSources } from './connection/trust.ts'
import type { LogLevel } from './log.ts'
import { starterVariables, variables } from './variables.ts'

/** How the agent was told to run. */
export interface Settings {
  /** The master's WebSocket, as `wss://host:port/`. */
  readonly url: string
  readonly token: { readonly kind: 'node' | 'grid'; readonly value: string }
  readonly nodeId: string | undefined
  readonly nodeName: string
  readonly labels: readonly string[]
  readonly privateIp: string | undefined
  readonly publicIp: string | undefined
  readonly peerInterface: string | undefined
  readonly trust: TrustSources
  /** Milliseconds that the master has to answer a ping. */
  readonly pong: number
  readonly dockerSocket: string
  readonly stateFolder: string
  /** Milliseconds over which agents spread the download of another agent. */
  readonly updateSpread: number
  readonly logLevel: LogLevel
}

/** Variables by name, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

export interface ReadEnvironment {
  readonly settings: Settings
  /** What is there and means nothing, or less than it seems to. */
  readonly warnings: readonly string[]
}

/** Settings, or all that is wrong with the environment. No message shows a token. */
export function readEnvironment(
  environment: Variables,
): ReadEnvironment | { readonly problems: readonly string[] } {
  // An empty variable is what a template leaves where there is no value.
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  )
  const parsed = variables.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    }
  }
  const token = chooseToken(parsed.data)
  if (token === undefined) {
    return { problems: ['KONTENA_NODE_TOKEN or KONTENA_TOKEN is required'] }
  }
  return {
    settings: settingsOf(parsed.data, token),
    warnings: [...unknownNames(given.map(([name]) => name)), ...doubts(parsed.data)],
  }
}

type Data = z.infer<typeof variables>

function settingsOf(data: Data, token: Settings['token']): Settings {
  return {
    url: data.KONTENA_URI,
    token,
    nodeId: data.KONTENA_NODE_ID,
    // A node's name has no dots, while a host's often goes on with its domain.
    nodeName: data.KONTENA_NODE_NAME ?? hostname().split('.')[0] ?? hostname(),
    labels: data.KONTENA_NODE_LABELS.split(/\s+/).filter((label) => label !== ''),
    privateIp: data.KONTENA_PRIVATE_IP,
    publicIp: data.KONTENA_PUBLIC_IP,
    peerInterface: data.KONTENA_PEER_INTERFACE,
    trust: {
      authorityFile: data.SSL_CERT_FILE,
      authorityFolder: data.SSL_CERT_PATH,
      hostname: data.KONTENA_SSL_HOSTNAME,
      verifies: data.KONTENA_SSL_VERIFY !== 'false',
    },
    pong: data.WEBSOCKET_TIMEOUT,
    dockerSocket: data.KONTENA_DOCKER_SOCKET,
    stateFolder: data.KONTENA_STATE_DIR,
    updateSpread: data.KONTENA_UPDATE_SPREAD,
    logLevel: data.LOG_LEVEL,
  }
}

function chooseToken({
  KONTENA_NODE_TOKEN: node,
  KONTENA_TOKEN: grid,
}: Data): Settings['token'] | undefined {
  if (node !== undefined) return { kind: 'node', value: node }
  return grid === undefined ? undefined : { kind: 'grid', value: grid }
}

/** A name that was misspelt would else go unnoticed. */
function unknownNames(names: readonly string[]): string[] {
  return names
    .filter((name) => name.startsWith('KONTENA_'))
    .filter((name) => !Object.hasOwn(variables.shape, name))
    .filter((name) => !Object.hasOwn(starterVariables, name))
    .map((name) => `${name} is no variable of this agent, and does nothing`)
}

/** What somebody may have meant otherwise. */
function doubts({ KONTENA_SSL_VERIFY: word }: Data): string[] {
  if (!/^(0|no|off|none|f|n|false)$/i.test(word) || word === 'false') return []
  return [
    'KONTENA_SSL_VERIFY: TLS is verified, as only the word false, in small letters, ends that',
  ]
}
