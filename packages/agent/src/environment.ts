import { isIPv4 } from 'node:net'
import { hostname } from 'node:os'
import { z } from 'zod'
import { type LogLevel, logLevels } from './log.ts'

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
  /** PEM file of the only authority to trust; Node's own roots where absent. */
  readonly authorityFile: string | undefined
  readonly dockerSocket: string
  readonly stateFolder: string
  /** Milliseconds over which agents spread the download of another agent. */
  readonly updateSpread: number
  readonly logLevel: LogLevel
}

/** Variables by name, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

const headerText = z.string().regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
const address = z.string().refine(isIPv4, 'must be an IPv4 address')

const variables = z.object({
  KONTENA_URI: z
    .string({ error: 'is required: the URL of the master, as in wss://master.example.com' })
    .transform(toWebSocketUrl),
  KONTENA_NODE_TOKEN: headerText.optional(),
  KONTENA_TOKEN: headerText.optional(),
  KONTENA_NODE_ID: z
    .string()
    .regex(/^[\w:.-]{1,128}$/, 'must be an id such as Docker has')
    .optional(),
  // A node's name has no dots, while a host's often goes on with its domain.
  KONTENA_NODE_NAME: headerText.default(() => hostname().split('.')[0] ?? hostname()),
  KONTENA_NODE_LABELS: headerText.default(''),
  KONTENA_PRIVATE_IP: address.optional(),
  KONTENA_PUBLIC_IP: address.optional(),
  KONTENA_PEER_INTERFACE: z.string().optional(),
  SSL_CERT_FILE: z.string().optional(),
  KONTENA_DOCKER_SOCKET: z.string().default('/var/run/docker.sock'),
  KONTENA_STATE_DIR: z.string().default('/var/lib/kontena'),
  KONTENA_UPDATE_SPREAD: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number of seconds')
    .default('30')
    .transform((seconds) => Number(seconds) * 1000),
  LOG_LEVEL: z
    .string()
    .default('info')
    .transform((text, context) => {
      const level = logLevels.find((name) => name === text) ?? legacyLevels[text]
      if (level !== undefined) return level
      context.addIssue(`must be one of ${logLevels.join(', ')}`)
      return z.NEVER
    }),
})

/** The 1.5 agent counts its levels. */
const legacyLevels: Readonly<Record<string, LogLevel>> = {
  0: 'debug',
  1: 'info',
  2: 'warn',
  3: 'error',
  4: 'error',
}

/** Settings, or all that is wrong with the environment. No message shows a token. */
export function readEnvironment(
  environment: Variables,
): { settings: Settings } | { problems: readonly string[] } {
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
  const { data } = parsed
  const token = chooseToken(data.KONTENA_NODE_TOKEN, data.KONTENA_TOKEN)
  if (token === undefined) {
    return { problems: ['KONTENA_NODE_TOKEN or KONTENA_TOKEN is required'] }
  }
  return {
    settings: {
      url: data.KONTENA_URI,
      token,
      nodeId: data.KONTENA_NODE_ID,
      nodeName: data.KONTENA_NODE_NAME,
      labels: data.KONTENA_NODE_LABELS.split(/\s+/).filter((label) => label !== ''),
      privateIp: data.KONTENA_PRIVATE_IP,
      publicIp: data.KONTENA_PUBLIC_IP,
      peerInterface: data.KONTENA_PEER_INTERFACE,
      authorityFile: data.SSL_CERT_FILE,
      dockerSocket: data.KONTENA_DOCKER_SOCKET,
      stateFolder: data.KONTENA_STATE_DIR,
      updateSpread: data.KONTENA_UPDATE_SPREAD,
      logLevel: data.LOG_LEVEL,
    },
  }
}

function chooseToken(
  node: string | undefined,
  grid: string | undefined,
): Settings['token'] | undefined {
  if (node !== undefined) return { kind: 'node', value: node }
  return grid === undefined ? undefined : { kind: 'grid', value: grid }
}

/** The socket's path is exactly `/`, so a URL with more in it cannot be meant. */
function toWebSocketUrl(text: string, context: z.RefinementCtx): string {
  const url = URL.parse(text.replace(/^http/, 'ws'))
  const isPlain =
    (url?.protocol === 'ws:' || url?.protocol === 'wss:') &&
    url.pathname === '/' &&
    url.search + url.hash + url.username + url.password === ''
  if (url !== null && isPlain) return url.href
  context.addIssue('must be the URL of the master and no more, as in wss://master.example.com')
  return z.NEVER
}
