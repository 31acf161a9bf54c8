import { decode, encode } from '@msgpack/msgpack'
import { z } from 'zod'
import { flawOf } from './message-pack-size.ts'
import { networkTraffic } from './metrics.ts'

/** An error inside a response; `code` as HTTP statuses, 501 for an unknown method. */
export const rpcError = z.object({
  code: z.number(),
  message: z.string().optional(),
  error: z.string().optional(),
})
export type RpcError = z.infer<typeof rpcError>

export type RpcFrame =
  | { type: 'request'; id: number; method: string; params: unknown[] }
  | { type: 'response'; id: number; error: RpcError | undefined; result: unknown }
  | { type: 'notification'; method: string; params: unknown[] }

const requestId = z.number().int().min(0).max(0xffff_ffff)
const frame = z.union([
  z.tuple([z.literal(0), requestId, z.string(), z.array(z.unknown())]),
  z.tuple([z.literal(1), requestId, rpcError.nullish(), z.unknown()]),
  z.tuple([z.literal(2), z.string(), z.array(z.unknown())]),
])

/** One MessagePack-RPC message as the binary WebSocket frame that carries it. */
export function encodeFrame(message: RpcFrame): Uint8Array {
  switch (message.type) {
    case 'request':
      return encode([0, message.id, message.method, message.params])
    case 'response':
      return encode([1, message.id, message.error ?? null, message.result ?? null])
    case 'notification':
      return encode([2, message.method, message.params])
  }
}

/** Bytes that are no message of ours. */
export class FrameError extends Error {
  static {
    FrameError.prototype.name = 'FrameError'
  }
}

/** Reads a binary frame. Throws {@link FrameError}, whatever the bytes are. */
export function decodeFrame(bytes: Uint8Array): RpcFrame {
  const flaw = flawOf(bytes)
  if (flaw !== undefined) throw new FrameError(`the message cannot be read: ${flaw}`)
  const parsed = parseFrame(bytes)
  switch (parsed[0]) {
    case 0:
      return { type: 'request', id: parsed[1], method: parsed[2], params: parsed[3] }
    case 1:
      return { type: 'response', id: parsed[1], error: parsed[2] ?? undefined, result: parsed[3] }
    case 2:
      return { type: 'notification', method: parsed[1], params: parsed[2] }
  }
}

function parseFrame(bytes: Uint8Array): z.infer<typeof frame> {
  try {
    return frame.parse(decode(bytes))
  } catch (cause) {
    throw new FrameError('the message is none of MessagePack-RPC', { cause })
  }
}

const driver = z.object({ name: z.string(), version: z.string().nullish() })

/**
 * What an agent says about its host in `/nodes/update`: Docker's `GET /info` in its own spelling,
 * with addresses and versions added. All but the agent's version is absent on a host without Docker.
 */
export const hostInfo = z.object({
  AgentVersion: z.string(),
  OperatingSystem: z.string().nullish(),
  KernelVersion: z.string().nullish(),
  DockerRootDir: z.string().nullish(),
  Driver: z.string().nullish(),
  ServerVersion: z.string().nullish(),
  MemTotal: z.number().nullish(),
  NCPU: z.number().nullish(),
  PublicIp: z.string().nullish(),
  PrivateIp: z.string().nullish(),
  Labels: z.array(z.string()).nullish(),
  /** Running containers that belong to services of a grid; 1.5 agents do not count them. */
  ServiceContainers: z.number().int().min(0).nullish(),
  Drivers: z
    .object({ Volume: z.array(driver).default([]), Network: z.array(driver).default([]) })
    .nullish(),
})
export type HostInfo = z.infer<typeof hostInfo>

/** Sample of `/nodes/stats`: bytes, and percent summed over cores. */
export const hostStatistics = z.object({
  memory: z.object({ total: z.number(), free: z.number(), used: z.number() }).loose(),
  load: z.object({ '1m': z.number(), '5m': z.number(), '15m': z.number() }),
  cpu: z
    .object({
      num_cores: z.number(),
      system: z.number(),
      user: z.number(),
      nice: z.number(),
      idle: z.number(),
    })
    .loose(),
  filesystem: z
    .array(
      z.object({
        name: z.string(),
        free: z.number(),
        available: z.number(),
        used: z.number(),
        total: z.number(),
      }),
    )
    .default([]),
  /** Of containers of services, which agents of ours do not count. */
  usage: z.object({ container_seconds: z.number() }).optional().catch(undefined),
  /** Absent where the agent does not measure it. */
  network: networkTraffic.optional().catch(undefined),
  time: z.string(),
})
export type HostStatistics = z.infer<typeof hostStatistics>

/**
 * `/agent/master_info`: the first message of every connection, also of one that is closed at once. The
 * agent that the master hands out goes by its SHA-256 in hex; a master of 1.5 has none.
 */
export const masterGreeting = z.object({
  version: z.string(),
  agent_bundle: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .catch(undefined),
})
export type MasterGreeting = z.infer<typeof masterGreeting>

/** `/agent/node_info`: what the master knows of the node it talks to. Holds no token. */
export const nodeInfo = z
  .object({
    id: z.string(),
    name: z.string(),
    labels: z.array(z.string()),
    overlay_ip: z.string().nullish(),
    peer_ips: z.array(z.string()),
    node_number: z.number(),
    initial_member: z.boolean(),
    grid: z.object({ id: z.string(), name: z.string(), initial_size: z.number() }).loose(),
  })
  .loose()
export type NodeInfo = z.infer<typeof nodeInfo>
