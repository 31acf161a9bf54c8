import { ProvisionError } from '@kontena/core'
import { gridUpdate } from '@kontena/protocol'
import { z } from 'zod'
import { flagOfKey } from '../options/parse-flags.ts'

/** Flags of what can also change later. False where the `--no-` form was typed. */
export interface GridSettingFlags {
  readonly defaultAffinity?: readonly string[] | false
  readonly statsdServer?: string | false
  readonly logForwarder?: string | false
  readonly logOpt?: readonly string[]
}

/** Where statistics go by default, as with 1.5. */
const statsdPort = '8125'

/** The fields of a request that the flags stand for, still to be checked against its schema. */
export function gridSettings(flags: GridSettingFlags): Record<string, unknown> {
  const { defaultAffinity, statsdServer, logForwarder, logOpt } = flags
  if (logOpt !== undefined && !logForwarder) {
    throw new ProvisionError('BAD_OPTIONS', '--log-opt needs --log-forwarder', {
      hint: 'options belong to the forwarder that they are given with',
    })
  }
  return {
    default_affinity: defaultAffinity === false ? [] : defaultAffinity,
    stats: statsdServer === undefined ? undefined : { statsd: parseStatsd(statsdServer) },
    logs: parseLogs(logForwarder, logOpt),
  }
}

/** The flag that a field of a request comes from. */
export function flagOfSetting(key: string): string {
  return flags[key] ?? flagOfKey(key)
}

const flags: Readonly<Record<string, string>> = {
  name: 'NAME',
  initial_size: '--initial-size',
  default_affinity: '--default-affinity',
  trusted_subnets: '--trusted-subnet',
  stats: '--statsd-server',
  logs: '--log-forwarder',
}

function parseStatsd(text: string | false): { server: string; port: number } | null {
  if (text === false) return null
  const [, server, port = statsdPort] = /^(\[[^\]\s]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (server === undefined || Number(port) > 65_535) {
    throw new ProvisionError('BAD_OPTIONS', `--statsd-server ${text}: must be HOST or HOST:PORT`)
  }
  return { server, port: Number(port) }
}

const forwarder = gridUpdate.shape.logs.unwrap().shape.forwarder

function parseLogs(name: string | false | undefined, options: readonly string[] = []) {
  if (name === undefined) return undefined
  if (name === false) return { forwarder: 'none' }
  const known = z.safeParse(forwarder, name)
  if (!known.success) {
    throw new ProvisionError('BAD_OPTIONS', `--log-forwarder ${name}: must be fluentd or none`)
  }
  return { forwarder: known.data, opts: Object.fromEntries(options.map(parseLogOption)) }
}

function parseLogOption(text: string): [string, string] {
  const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (key === undefined || value === undefined) {
    throw new ProvisionError('BAD_OPTIONS', `--log-opt ${text}: must be KEY=VALUE`)
  }
  return [key, value]
}
