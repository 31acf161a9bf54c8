import { X509Certificate } from 'node:crypto'
import { Server as TlsServer } from 'node:https'
import type { FastifyInstance } from 'fastify'
import type { Tls } from './choose-tls.ts'
import type { KeyedCertificate } from './keyed-certificate.ts'

export interface CurrentOptions {
  readonly clock: () => Date
  /** Milliseconds between looks; as the certificate has it where absent. */
  readonly interval: number | undefined
}

/** Milliseconds before its end at which the log tells of a certificate that nobody has renewed. */
const soon = 7 * 24 * 60 * 60 * 1000

/**
 * Serves renewed certificates to connections that are made from then on; those that are there stay as
 * they are. What cannot be served is logged, once, and the last good one stays. Returns what ends it.
 */
export function keepCertificateCurrent(
  app: FastifyInstance,
  tls: Tls | undefined,
  { clock, interval }: CurrentOptions,
): () => void {
  const { server, log } = app
  if (tls === undefined || !(server instanceof TlsServer)) return () => {}
  let served = tls.server
  let complaint: string | undefined
  let toldOf: KeyedCertificate | undefined
  let isLooking = false

  const tellOfEnd = (): void => {
    const { validTo } = new X509Certificate(served.cert)
    if (toldOf === served || Date.parse(validTo) - clock().getTime() > soon) return
    toldOf = served
    log.warn({ validTo }, 'serves a certificate that ends soon')
  }

  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      const found = await tls.refresh(clock())
      if (!isSame(found, served)) {
        server.setSecureContext({ cert: found.cert, key: found.key })
        served = found
        const { validTo } = new X509Certificate(found.cert)
        log.info({ validTo }, 'serves a renewed certificate')
      }
      complaint = undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== complaint) log.error({ reason }, 'keeps the certificate that it has')
      complaint = reason
    } finally {
      tellOfEnd()
      isLooking = false
    }
  }
  const timer = setInterval(() => void look(), interval ?? tls.lookEvery).unref()
  return () => clearInterval(timer)
}

function isSame(one: KeyedCertificate, other: KeyedCertificate): boolean {
  return one.cert === other.cert && one.key === other.key
}
