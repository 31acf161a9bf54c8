import { type HostInfo, hostInfo } from '@kontena/protocol'
import { z } from 'zod'
import { askDocker } from './docker-socket.ts'

/** What Docker says of itself and its host. */
export interface DockerInfo extends Omit<HostInfo, 'AgentVersion'> {
  readonly ID?: string | null | undefined
}

const names = z.array(z.string()).nullish()
const info = hostInfo.omit({ AgentVersion: true, Drivers: true }).extend({
  ID: z.string().nullish(),
  Plugins: z.object({ Volume: names, Network: names }).nullish(),
})
const plugins = z.array(
  z.object({
    Name: z.string(),
    Enabled: z.boolean(),
    Config: z.object({
      Interface: z.object({
        Types: z.array(z.union([z.string(), z.object({ Capability: z.string() })])).nullish(),
      }),
    }),
  }),
)

/**
 * `GET /info` of the Docker at this socket, with its drivers. Rejects with the reason where there is
 * no Docker, or none that answers in time.
 */
export async function readDockerInfo(socket: string, signal: AbortSignal): Promise<DockerInfo> {
  const { Plugins, ...known } = info.parse(await askDocker(socket, '/info', signal))
  const managed = await readPlugins(socket, signal)
  const drivers = (kind: string, builtIn: readonly string[] | null | undefined) => [
    ...managed.filter((plugin) => plugin.Enabled && hasCapability(plugin, kind)).map(asDriver),
    ...(builtIn ?? []).map((name) => ({ name, version: null })),
  ]
  return {
    ...known,
    Drivers: {
      Volume: drivers('volumedriver', Plugins?.Volume),
      Network: drivers('networkdriver', Plugins?.Network),
    },
  }
}

type Plugin = z.infer<typeof plugins>[number]

/** Plug-ins came with API 1.25. A Docker that says nothing of them still has its built-in drivers. */
async function readPlugins(socket: string, signal: AbortSignal): Promise<Plugin[]> {
  try {
    return plugins.parse(await askDocker(socket, '/plugins', signal))
  } catch {
    return []
  }
}

/** Docker writes a type as `docker.volumedriver/1.0`, or takes that apart. */
function hasCapability({ Config }: Plugin, kind: string): boolean {
  return (Config.Interface.Types ?? []).some((type) =>
    typeof type === 'string' ? type.startsWith(`docker.${kind}/`) : type.Capability === kind,
  )
}

/** `vieux/sshfs:latest` is the driver `vieux/sshfs` in the version `latest`. */
function asDriver({ Name }: Plugin): { name: string; version: string | null } {
  const colon = Name.lastIndexOf(':')
  if (colon <= Name.lastIndexOf('/')) return { name: Name, version: null }
  return { name: Name.slice(0, colon), version: Name.slice(colon + 1) }
}
