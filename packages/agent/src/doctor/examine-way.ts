import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { reasonOf } from '../reason-of.ts'
import type { Finding } from './finding.ts'

/** Where the master is, taken apart. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

export function placeOf(url: string): Place {
  const { hostname, port, protocol } = new URL(url)
  const isSecure = protocol === 'wss:'
  const host = hostname.replace(/^\[|\]$/g, '')
  return { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port), isSecure }
}

/** Whether the master's name means an address here. */
export async function examineName({ host }: Place, milliseconds: number): Promise<Finding> {
  if (isIP(host) !== 0) return { name: 'DNS', level: 'ok', message: `${host} needs none` }
  const next = `check the name in KONTENA_URI, and the name servers in /etc/resolv.conf: getent hosts ${host}`
  try {
    const limit = AbortSignal.timeout(milliseconds)
    const late = once(limit, 'abort').then(() => Promise.reject(limit.reason))
    const found = await Promise.race([lookup(host, { all: true }), late])
    const addresses = found.map(({ address }) => address).join(', ')
    return { name: 'DNS', level: 'ok', message: `${host} is ${addresses}` }
  } catch (error) {
    return { name: 'DNS', level: 'fail', message: `${host}: ${reasonOf(error)}`, next }
  }
}

/** Whether something listens there, and lets us call. */
export async function examinePort({ host, port }: Place, milliseconds: number): Promise<Finding> {
  const begun = performance.now()
  const socket = connect({ host, port, signal: AbortSignal.timeout(milliseconds) })
  try {
    await once(socket, 'connect')
    const took = Math.ceil(performance.now() - begun)
    const message = `${socket.remoteAddress} port ${port} answers in ${took} ms`
    return { name: 'TCP', level: 'ok', message }
  } catch (error) {
    return { name: 'TCP', level: 'fail', ...explain(error, `${host} port ${port}`) }
  } finally {
    socket.destroy()
  }
}

function explain(error: unknown, where: string): Pick<Finding, 'message' | 'next'> {
  const reason = reasonOf(error)
  if (reason.includes('ECONNREFUSED')) {
    return {
      message: `nothing listens at ${where}`,
      next: 'check the port in KONTENA_URI, and whether the master runs',
    }
  }
  return {
    message: `${where} is silent: ${reason}`,
    next: "check the way out of this host and the master's firewall, which has to admit this port",
  }
}
