import { readFile } from 'node:fs/promises'
import { availableParallelism, release, totalmem, type } from 'node:os'
import type { HostInfo } from '@kontena/protocol'
import type { Addresses } from '../addresses/addresses.ts'
import type { DockerInfo } from '../docker/docker.ts'
import { agentVersion } from '../version.ts'

/** What goes into `/nodes/update`; on a host without Docker what the system says of itself. */
export async function makeHostInfo(
  docker: DockerInfo | undefined,
  addresses: Addresses,
): Promise<HostInfo> {
  const ours = {
    AgentVersion: agentVersion,
    PublicIp: addresses.publicIp,
    PrivateIp: addresses.privateIp,
  }
  if (docker !== undefined) {
    const { ID: _, ...known } = docker
    return { ...known, ...ours }
  }
  return {
    ...ours,
    OperatingSystem: await readSystemName(),
    KernelVersion: release(),
    MemTotal: totalmem(),
    NCPU: availableParallelism(),
    Driver: null,
    ServerVersion: null,
    DockerRootDir: null,
    Labels: [],
    Drivers: { Volume: [], Network: [] },
  }
}

/** os-release(5) */
async function readSystemName(): Promise<string> {
  try {
    const text = await readFile('/etc/os-release', 'utf8')
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text)?.[1] ?? type()
  } catch {
    return type()
  }
}
