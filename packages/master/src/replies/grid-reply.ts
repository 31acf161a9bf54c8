import type { GridRecord } from '../store/records.ts'

/** A grid as the REST API shows it; its token included, since members hand it to agents. */
export function gridReply(grid: GridRecord) {
  return {
    id: grid.name,
    name: grid.name,
    token: grid.token,
    initial_size: grid.initialSize,
    stats: { statsd: grid.statsd ?? null },
    default_affinity: grid.defaultAffinity,
    trusted_subnets: grid.trustedSubnets,
    node_count: grid.nodeCount,
    // Services and containers are not ours to run yet; 1.5 clients read the numbers all the same.
    service_count: 0,
    container_count: 0,
    user_count: grid.userCount,
    subnet: grid.subnet,
    supernet: grid.supernet,
    ...logsOf(grid),
  }
}

/** The part of a grid that stands inside each of its nodes. */
export function gridInNode(grid: GridRecord) {
  return {
    id: grid.name,
    name: grid.name,
    initial_size: grid.initialSize,
    stats: { statsd: grid.statsd ?? null },
    trusted_subnets: grid.trustedSubnets,
    subnet: grid.subnet,
    supernet: grid.supernet,
    ...logsOf(grid),
  }
}

/** There only where logs are forwarded, as 1.5 clients expect it. */
function logsOf({ logs }: GridRecord) {
  return logs === undefined ? {} : { logs }
}
