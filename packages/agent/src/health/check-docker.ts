import { z } from 'zod'
import { askDocker } from '../docker/docker-socket.ts'
import { reasonOf } from '../reason-of.ts'
import type { Check } from './check.ts'

const version = z.object({ Version: z.string() })

/** Whether Docker answers. */
export async function checkDocker(socket: string, signal: AbortSignal): Promise<Check> {
  try {
    const { Version } = version.parse(await askDocker(socket, '/version', signal))
    return { name: 'docker', ok: true, message: `Docker ${Version} answers` }
  } catch (error) {
    return { name: 'docker', ok: false, message: `no Docker at ${socket}: ${reasonOf(error)}` }
  }
}
