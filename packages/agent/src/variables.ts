import { isIP } from 'node:net'
import { z } from 'zod'
import { type LogLevel, logLevels } from './log.ts'

const headerText = z.string().regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
const address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address')

/** All that an agent can be told by its environment. The reference of variables is written from this. */
export const variables = z.object({
  KONTENA_URI: z
    .string({ error: 'is required: the URL of the master, as in wss://master.example.com' })
    .transform(toWebSocketUrl)
    .meta({ description: "The master's URL; `http` and `https` mean `ws` and `wss`" }),
  KONTENA_NODE_TOKEN: headerText
    .optional()
    .meta({ description: 'Token of this node; goes before that of the grid' }),
  KONTENA_TOKEN: headerText
    .optional()
    .meta({ description: 'Token of the grid, with which a new node joins' }),
  KONTENA_NODE_ID: z
    .string()
    .regex(/^[\w:.-]{1,128}$/, 'must be an id such as Docker has')
    .optional()
    .meta({
      description:
        "What the node's record is bound to; Docker's id or a made-up one, which is kept",
    }),
  KONTENA_NODE_NAME: headerText.optional().meta({
    description: "Name of a node that the master does not know yet; the host's if absent",
  }),
  KONTENA_NODE_LABELS: headerText
    .default('')
    .meta({ description: "Labels of a new node, separated by blanks; Docker's where empty" }),
  KONTENA_PRIVATE_IP: address
    .optional()
    .meta({ description: 'Address for nodes of the same region; found where absent' }),
  KONTENA_PUBLIC_IP: address
    .optional()
    .meta({ description: 'Address for everybody else; found where absent' }),
  KONTENA_PEER_INTERFACE: z
    .string()
    .optional()
    .meta({ description: 'Interface that has the private address' }),
  KONTENA_SSL_VERIFY: z
    .string()
    .default('true')
    .meta({ description: '`false`, and no other word, trusts whoever answers. For tests only' }),
  KONTENA_SSL_HOSTNAME: z
    .string()
    .regex(/^\w([\w.-]*\w)?$/, 'must be a host name')
    .optional()
    .meta({ description: "Name that the master's certificate must have; that of the URL" }),
  SSL_CERT_FILE: z
    .string()
    .optional()
    .meta({ description: 'PEM file of the only authorities to trust; those of Node where absent' }),
  SSL_CERT_PATH: z
    .string()
    .optional()
    .meta({ description: 'Folder of such files, `.pem`, `.crt` or `.0`' }),
  WEBSOCKET_TIMEOUT: z
    .string()
    .default('5')
    .transform(toMilliseconds)
    .meta({ description: 'Seconds that the master has to answer a ping' }),
  KONTENA_DOCKER_SOCKET: z
    .string()
    .default('/var/run/docker.sock')
    .meta({ description: "Docker's socket; a host without Docker joins all the same" }),
  KONTENA_STATE_DIR: z
    .string()
    .default('/var/lib/kontena')
    .meta({ description: "Where the node's id is kept" }),
  KONTENA_UPDATE_SPREAD: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number of seconds')
    .default('30')
    .transform((seconds) => Number(seconds) * 1000)
    .meta({ description: 'Seconds over which agents spread the download of another one' }),
  LOG_LEVEL: z
    .string()
    .default('info')
    .transform(toLogLevel)
    .meta({ description: '`debug`, `info`, `warn`, `error`, or 0 to 4 as in 1.5' }),
})

/** Read by `start-agent.mjs`, which starts agents, or by the host's scripts. */
export const starterVariables: Readonly<Record<string, { fallback: string; description: string }>> =
  {
    KONTENA_TRIAL_SECONDS: {
      fallback: '150',
      description: 'Seconds that a new agent may take to get online before the old one is back',
    },
    KONTENA_AGENT_SHA256: {
      fallback: '',
      description: 'SHA-256 of the agent to fetch where there is none',
    },
    KONTENA_AGENT_HASH: {
      fallback: '',
      description: 'Set by the starter itself: the agent that runs',
    },
    KONTENA_ROOT: {
      fallback: '',
      description: 'Folder that stands for `/`, where this computer plays other machines',
    },
    KONTENA_VERSION: { fallback: '', description: 'Of 1.5, where it chose the image; not read' },
  }

/** The 1.5 agent counts its levels. */
const legacyLevels: Readonly<Record<string, LogLevel>> = {
  0: 'debug',
  1: 'info',
  2: 'warn',
  3: 'error',
  4: 'error',
}

function toLogLevel(text: string, context: z.RefinementCtx): LogLevel {
  const level = logLevels.find((name) => name === text) ?? legacyLevels[text]
  if (level !== undefined) return level
  context.addIssue(`must be one of ${logLevels.join(', ')}`)
  return z.NEVER
}

function toMilliseconds(text: string, context: z.RefinementCtx): number {
  const seconds = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0) return seconds * 1000
  context.addIssue('must be a number of seconds')
  return z.NEVER
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
