import { join } from 'node:path'
import { type AgentOptions, startAgent } from '../src/agent.ts'
import type { Variables } from '../src/environment.ts'
import { makeFolder } from './folder.ts'

export const nodeToken = 'c0ffee'.repeat(11)

/** An agent for this master, on a host without Docker where the variables say nothing else. */
export function runAgent(
  { url }: { url: string },
  { variables = {}, ...options }: AgentOptions & { variables?: Variables } = {},
) {
  const lines: string[] = []
  const waits: number[] = []
  const folder = makeFolder()
  const agent = startAgent(
    {
      KONTENA_URI: url,
      KONTENA_NODE_TOKEN: nodeToken,
      KONTENA_NODE_NAME: 'web-1',
      KONTENA_STATE_DIR: folder,
      KONTENA_DOCKER_SOCKET: join(folder, 'no-docker.sock'),
      ...variables,
    },
    {
      write: (line) => lines.push(line),
      wait: async (milliseconds, signal) => {
        waits.push(milliseconds)
        return !signal.aborted
      },
      ...options,
      // This computer's own cloud, if it is in one, is nobody's business.
      places: { sys: folder, ...options.places },
      pace: { firstStatistics: 1, ...options.pace },
    },
  )
  return {
    ...agent,
    /** The log so far. */
    log: () => lines.join(''),
    /** How long it waited before each repeated attempt. */
    waits,
    [Symbol.asyncDispose]: () => agent.stop(),
  }
}
