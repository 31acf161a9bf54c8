import type { HostInfo, HostStatistics } from '@kontena/protocol'

const gigabyte = 1024 ** 3

/** What an agent says of a usual host with Docker; its place in the grid makes the address. */
export function hostReport(place: number): HostInfo {
  return {
    AgentVersion: '2.0.0',
    OperatingSystem: 'Ubuntu 24.04.3 LTS',
    KernelVersion: '6.8.0-71-generic',
    DockerRootDir: '/var/lib/docker',
    Driver: 'overlay2',
    ServerVersion: '27.5.1',
    MemTotal: 8 * gigabyte,
    NCPU: 4,
    PublicIp: `198.${18 + (place >> 16)}.${(place >> 8) & 255}.${place & 255}`,
    PrivateIp: `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`,
    Labels: [],
    ServiceContainers: 12,
    Drivers: {
      Volume: [{ name: 'local', version: null }],
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'].map((name) => ({
        name,
        version: null,
      })),
    },
  }
}

/** A sample as agents take one each minute. */
export function statisticsReport(now: Date): HostStatistics {
  return {
    memory: {
      total: 8 * gigabyte,
      free: 3 * gigabyte,
      used: 5 * gigabyte,
      active: 4 * gigabyte,
      inactive: gigabyte,
      cached: gigabyte,
      buffers: 64 * 1024 ** 2,
    },
    load: { '1m': 0.42, '5m': 0.35, '15m': 0.31 },
    cpu: { num_cores: 4, user: 31.5, nice: 0, system: 8.25, idle: 359.75 },
    filesystem: [
      {
        name: '/var/lib/docker',
        free: 60 * gigabyte,
        available: 56 * gigabyte,
        used: 20 * gigabyte,
        total: 80 * gigabyte,
      },
    ],
    time: now
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, ' UTC'),
  }
}
