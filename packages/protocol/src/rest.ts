import { z } from 'zod'
import { maxNodesPerOrder } from './grid-size.ts'
import { label } from './labels.ts'
import { legacyNamePattern, nodeName } from './names.ts'

/** What a master must be able to do for us to make machines against it; a 1.5 master lists none. */
export const requiredFeatures = ['enrolment', 'agent-bundle', 'machine-identity'] as const

/** Reply of `GET /`. A 1.5 master sends only name, tagline and version. */
export const masterInfo = z.object({
  name: z.string(),
  tagline: z.string().optional(),
  version: z.string(),
  uuid: z.string().optional(),
  features: z.array(z.string()).default([]),
  /** Where machines reach this master, when it was told (`--public-url`). */
  public_url: z.string().optional(),
  /** SHA-256 (hex) of the agent it hands out at `GET /v1/agent/bundle/<sha256>`. */
  agent_bundle: z.string().optional(),
})
export type MasterInfo = z.infer<typeof masterInfo>

export const user = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullish(),
  roles: z.array(z.object({ name: z.string(), description: z.string().nullish() })).default([]),
})
export type User = z.infer<typeof user>

/** Reply of `POST /oauth2/token`. `expires_in` is in seconds; null means never. */
export const accessToken = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullish(),
  expires_in: z.number().nullish(),
  user: z.object({ id: z.string(), email: z.string(), name: z.string().nullish() }).nullish(),
  server: z.object({ name: z.string().nullish() }).nullish(),
})
export type AccessToken = z.infer<typeof accessToken>

/** Which machine a node runs on, as the machine itself reported when it enrolled. */
export const machineIdentity = z.object({
  provider: z.string().min(1).max(64),
  account: z.string().min(1).max(256),
  region: z.string().min(1).max(128),
  id: z.string().min(1).max(512),
  order: z.string().min(1).max(64),
})
export type MachineIdentity = z.infer<typeof machineIdentity>

export const nodeStatus = z.enum(['created', 'offline', 'connecting', 'drain', 'online'])
export type NodeStatus = z.infer<typeof nodeStatus>

/**
 * `pending`: an order waits for this node's machine; `enrolled`: a machine has it;
 * `contested`: a second machine tried to take the name with another token, or said it is this one.
 */
export const enrolmentState = z.enum(['pending', 'enrolled', 'contested'])
export type EnrolmentState = z.infer<typeof enrolmentState>

const driver = z.object({ name: z.string(), version: z.string().nullish() })

export const node = z.object({
  /** `<grid>/<name>` */
  id: z.string(),
  /** Docker's engine id, or the agent's own; null until the agent connects the first time. */
  node_id: z.string().nullable(),
  name: z.string(),
  status: nodeStatus,
  connected: z.boolean(),
  updated: z.boolean(),
  availability: z.enum(['active', 'drain']),
  /** Whether services have left a node that is to be drained; null where none are to leave, or nobody can say. */
  drained: z.boolean().nullable().default(null),
  /** Running containers of services; null where the agent does not count them. */
  service_containers: z.number().nullable().default(null),
  /** The last time an agent was turned away that said it is this node's, since one was let in. */
  rejection: z.object({ code: z.number(), reason: z.string(), at: z.string() }).nullish(),
  has_token: z.boolean(),
  labels: z.array(z.string()),
  node_number: z.number(),
  initial_member: z.boolean(),
  machine: machineIdentity.nullable().default(null),
  enrolment: enrolmentState.nullable().default(null),
  /** The order whose enrolment registered this node; null for nodes made by hand. */
  order: z.string().nullable().default(null),
  /** Public SSH keys of the machine, as `type base64`, which it reported when it enrolled. */
  host_keys: z.array(z.string()).default([]),
  /** The account of the machine that an SSH key opens; null where none was reported. */
  ssh_user: z.string().nullable().default(null),
  created_at: z.string(),
  updated_at: z.string().nullish(),
  connected_at: z.string().nullish(),
  last_seen_at: z.string().nullish(),
  disconnected_at: z.string().nullish(),
  os: z.string().nullish(),
  engine_root_dir: z.string().nullish(),
  driver: z.string().nullish(),
  network_drivers: z.array(driver).default([]),
  volume_drivers: z.array(driver).default([]),
  kernel_version: z.string().nullish(),
  mem_total: z.number().nullish(),
  mem_limit: z.number().nullish(),
  cpus: z.number().nullish(),
  public_ip: z.string().nullish(),
  private_ip: z.string().nullish(),
  overlay_ip: z.string().nullish(),
  agent_version: z.string().nullish(),
  docker_version: z.string().nullish(),
  peer_ips: z.array(z.string()).default([]),
  resource_usage: z.record(z.string(), z.unknown()).default({}),
})
export type Node = z.infer<typeof node>

export const nodeCreate = z.object({
  name: z.string().regex(legacyNamePattern, "isn't in the right format"),
  token: z.string().min(16, 'is too short').max(256, 'is too long').optional(),
  labels: z.array(label).optional(),
})
export type NodeCreate = z.input<typeof nodeCreate>

export const nodeUpdate = z.object({
  /** Replaces the whole list; an empty one clears it. */
  labels: z.array(label).optional(),
  availability: z.enum(['active', 'drain']).optional(),
  /** A node is never renamed: another name than its own is refused, and not passed over. */
  name: z.string().optional(),
})
export type NodeUpdate = z.input<typeof nodeUpdate>

export const nodeToken = z.object({ id: z.string(), token: z.string() })

/** Body of `PUT` and `DELETE /v1/nodes/:grid/:node/token`. */
export const nodeTokenChange = z.object({
  /** Random where absent. */
  token: z.string().min(16, 'is too short').max(256, 'is too long').optional(),
  /** Close the connection of the node's agent, which may have the token that is no more. */
  reset_connection: z.boolean().default(false),
})
export type NodeTokenChange = z.input<typeof nodeTokenChange>

/** Body of `POST /v1/nodes/:grid/:node/replace`. */
export const nodeReplace = z.object({
  /** What the agent of the next machine connects with; random where absent. */
  token: z.string().min(16, 'is too short').max(256, 'is too long').optional(),
  /** Also where the agent of the present machine is connected. */
  force: z.boolean().default(false),
})
export type NodeReplace = z.input<typeof nodeReplace>

/** A ULID: an order's id, sortable by time. */
export const orderId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a ULID')

/**
 * Body of `POST /v1/grids/:grid/enrolments`. The caller makes the secret, so that the reply holds
 * none and a repeated request (same order, same secret) changes nothing.
 */
export const enrolmentCreate = z.object({
  order: orderId,
  /** At least 32 random bytes in hex. The master keeps only its hash. */
  secret: z.string().regex(/^[0-9a-f]{64,128}$/, 'must be 32 to 64 bytes in hex'),
  /** Seconds until the secret is dead. */
  expires_in: z.number().int().min(1).max(86_400),
  nodes: z
    .array(
      z.object({
        name: nodeName,
        labels: z.array(label).default([]),
        /** The node is there, and gets another machine: where it is offline, or always. */
        replace: z.enum(['offline', 'always']).optional(),
      }),
    )
    .min(1)
    .max(maxNodesPerOrder),
})
export type EnrolmentCreate = z.input<typeof enrolmentCreate>

export const enrolment = z.object({
  order: z.string(),
  expires_at: z.string(),
  nodes: z.array(node),
})
export type Enrolment = z.infer<typeof enrolment>

/** Room for RSA keys of 16384 bits, the longest that OpenSSH takes, and for keys of kinds to come. */
const longestHostKey = 8192

/**
 * A machine's public SSH key, as its `.pub` file has it but for the comment (sshd(8), SSH_KNOWN_HOSTS FILE
 * FORMAT). It becomes a line of a file in which `@cert-authority`, a comma or a line end would mean more.
 */
export const hostKey = z
  .string()
  .max(longestHostKey)
  .regex(/^[a-z][a-z0-9@.-]{0,63} [A-Za-z0-9+/]+={0,2}$/, 'must be a type and base64')

/** An account's name as Debian's useradd(8) takes it, which no program mistakes for an option. */
export const sshUser = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of an account')

/** Body of `POST /v1/enrol`, which a booting machine sends before anything is installed. */
export const enrolRequest = z.object({
  secret: z.string().min(1).max(128),
  name: nodeName,
  /** 32 random bytes in hex, made on the machine. */
  nodeToken: z.string().regex(/^[0-9a-f]{64}$/, 'must be 32 bytes in hex'),
  machine: machineIdentity,
  hostKeys: z.array(hostKey).max(16).default([]),
  /** The account that an SSH key opens, where there is one. */
  user: sshUser.optional(),
})
export type EnrolRequest = z.input<typeof enrolRequest>
