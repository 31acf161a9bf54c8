import { join } from 'node:path'

/** Reads `KEY=VALUE` lines as `docker run --env-file` does: no quotes, no escapes, `#` comments. */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const trimmed = line.trimStart()
    const equals = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || equals < 1) continue
    variables[trimmed.slice(0, equals)] = trimmed.slice(equals + 1)
  }
  return variables
}

/** Folders of a machine that the agent's container sees under the same names. */
const mounted = ['/etc/kontena/', '/var/lib/kontena/']

/**
 * What the agent of a simulated machine starts with: its environment file, with the files named there
 * found below the machine's root, and nothing of this computer's Docker, firewall, cloud or state.
 */
export function agentEnvironment(
  file: string,
  root: string,
  dockerSocket = join(root, 'var/run/docker.sock'),
): Record<string, string> {
  const variables = {
    KONTENA_STATE_DIR: '/var/lib/kontena/',
    ...parseEnvironmentFile(file),
    KONTENA_DOCKER_SOCKET: dockerSocket,
  }
  const found = Object.entries(variables).map(([name, value]) => [
    name,
    mounted.some((folder) => value.startsWith(folder)) ? join(root, value) : value,
  ])
  return { ...Object.fromEntries(found), KONTENA_ROOT: root }
}
