import { defaultSubnet, type gridCreate, type gridUpdate } from '@kontena/protocol'
import type { z } from 'zod'
import { invalid } from '../http/refusal.ts'
import { hashSecret, randomToken } from '../secrets/secrets.ts'
import type { GridChange, NewGrid } from '../store/grid-store.ts'
import { type Ipv4Range, parseIpv4Range } from './ipv4-range.ts'

type Wanted = z.output<typeof gridCreate>
type WantedChange = z.output<typeof gridUpdate>

/** Around {@link defaultSubnet}, as with masters of 1.5. */
const defaultSupernet = '10.80.0.0/12'

/** A new grid but for its name. Throws the 422 that says which of its settings cannot be. */
export function newGridSettings(wanted: Wanted): Omit<NewGrid, 'name'> {
  const { subnet = defaultSubnet, supernet = defaultSupernet } = wanted
  checkRanges(subnet, supernet)
  const token = wanted.token ?? randomToken()
  return {
    token,
    tokenHash: hashSecret(token),
    initialSize: wanted.initial_size,
    subnet,
    supernet,
    defaultAffinity: [],
    trustedSubnets: [],
    ...gridChange(wanted),
  }
}

/** What is to change of a grid. Throws the 422 that says which of it cannot be. */
export function gridChange(wanted: WantedChange): GridChange {
  const { default_affinity: affinity, trusted_subnets: trusted, stats, logs } = wanted
  const bad = trusted?.find((range) => parseIpv4Range(range) === undefined)
  if (bad !== undefined) throw invalid({ trusted_subnets: `Invalid trusted_subnet ${bad}` })
  return {
    ...(affinity === undefined ? {} : { defaultAffinity: affinity }),
    ...(trusted === undefined ? {} : { trustedSubnets: trusted }),
    ...(stats?.statsd === undefined ? {} : { statsd: statsdOf(stats.statsd) }),
    ...(logs === undefined ? {} : { logs: logsOf(logs) }),
  }
}

/** Before there was null for it, 1.5 clients sent the server `none`. */
function statsdOf(statsd: NonNullable<WantedChange['stats']>['statsd']): GridChange['statsd'] {
  return statsd == null || statsd.server === 'none' ? undefined : statsd
}

function logsOf({ forwarder, opts = {} }: NonNullable<WantedChange['logs']>): GridChange['logs'] {
  if (forwarder === 'none') return undefined
  if (!opts['fluentd-address']) {
    throw invalid({ logs: 'fluentd-address option must be given' })
  }
  return { forwarder, opts }
}

function checkRanges(subnet: string, supernet: string): void {
  const inner = parseIpv4Range(subnet)
  // Nodes share it with all of their containers.
  if (inner === undefined || inner.prefix > 24) {
    throw invalid({ subnet: `Subnet ${subnet} isn't an IPv4 range of /24 or wider` })
  }
  const outer = parseIpv4Range(supernet)
  if (outer === undefined) {
    throw invalid({ supernet: `Supernet ${supernet} isn't an IPv4 range` })
  }
  if (!contains(outer, inner)) {
    throw invalid({ subnet: `Subnet ${subnet} isn't within the supernet ${supernet}` })
  }
}

function contains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  const end = outer.first + 2 ** (32 - outer.prefix)
  return inner.prefix >= outer.prefix && inner.first >= outer.first && inner.first < end
}
