import type { HostInfo, HostStatistics, NodeInfo } from '@kontena/protocol'
import { findAddresses } from '../addresses/addresses.ts'
import { openMetadata } from '../addresses/metadata/open-metadata.ts'
import { type MasterClock, openMasterClock } from '../connection/master-clock.ts'
import type { Method } from '../connection/rpc.ts'
import { type DockerInfo, readDockerInfo } from '../docker/docker.ts'
import { watchDocker } from '../docker/docker-events.ts'
import { countServiceContainers } from '../docker/service-containers.ts'
import { type Doorbell, openDoorbell } from '../doorbell.ts'
import type { Settings } from '../environment.ts'
import { openFirewallPeers } from '../firewall-peers.ts'
import { checkHealth } from '../health/check-health.ts'
import type { Log } from '../log.ts'
import type { Pace } from '../pace.ts'
import type { Places } from '../places.ts'
import { reasonOf } from '../reason-of.ts'
import { makeHostInfo } from './host-info.ts'
import { openStatistics } from './statistics.ts'

/** The host that the agent runs on: what is told of it, and what the master says about it. */
export interface Host {
  /** What Docker said at first; undefined where there is none. */
  readonly docker: DockerInfo | undefined
  readInfo(): Promise<HostInfo>
  takeStatistics(): Promise<HostStatistics>
  /** What the master may ask of it. */
  readonly methods: Readonly<Record<string, Method>>
  readonly clock: MasterClock
  hearNode(node: NodeInfo): void
  /** Resolves once what was heard has been done. */
  settled(): Promise<void>
  /** Rings when containers come and go. */
  readonly bell: Doorbell
}

export interface HostOptions {
  readonly pace: Pace
  readonly log: Log
  readonly signal: AbortSignal
}

/** Looks at the host and keeps an eye on it until the signal. */
export async function openHost(
  settings: Settings,
  { proc, sys, metadata: origin, firewall }: Places,
  { pace, log, signal }: HostOptions,
): Promise<Host> {
  const { dockerSocket } = settings
  const readDocker = dockerReader(dockerSocket, log, signal)
  const docker = await readDocker()
  let rootFolder = docker?.DockerRootDir ?? '/'
  const takeStatistics = openStatistics(proc)
  const metadata = openMetadata({ sys, origin, log, signal })
  const peers = openFirewallPeers(firewall, log)
  const clock = openMasterClock()
  const bell = openDoorbell()
  void watchDocker({ socket: dockerSocket, again: pace.docker, onChange: bell.ring, signal })
  return {
    docker,
    async readInfo() {
      const [found, addresses, serviceContainers] = await Promise.all([
        readDocker(),
        findAddresses(settings, metadata),
        countServiceContainers(dockerSocket, signal),
      ])
      rootFolder = found?.DockerRootDir ?? '/'
      return { ...(await makeHostInfo(found, addresses)), ServiceContainers: serviceContainers }
    },
    takeStatistics: () => takeStatistics(rootFolder),
    methods: {
      // The name under which a master of 1.5 asks for it too.
      '/etcd/health': () => checkHealth({ dockerSocket, rootFolder, clock, firewall, signal }),
    },
    clock,
    hearNode: ({ peer_ips }) => peers.keep(peer_ips),
    settled: peers.settled,
    bell,
  }
}

/** Tells of a Docker that is missing, or back, once. */
function dockerReader(socket: string, log: Log, signal: AbortSignal) {
  let wasThere: boolean | undefined
  return async (): Promise<DockerInfo | undefined> => {
    try {
      const docker = await readDockerInfo(socket, signal)
      if (wasThere !== true) log('info', `Docker ${docker.ServerVersion ?? ''} at ${socket}`)
      wasThere = true
      return docker
    } catch (error) {
      const reason = reasonOf(error)
      if (wasThere !== false) log('warn', `no Docker at ${socket}, going on without: ${reason}`)
      wasThere = false
      return undefined
    }
  }
}
