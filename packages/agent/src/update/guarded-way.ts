import type { Trust } from '../connection/trust.ts'

/**
 * Whether what comes from the master is what it sent: over TLS that is verified, or without leaving this
 * host. On any other way somebody in between could send an agent of their own, with the hash that goes
 * with it.
 */
export function isGuarded(url: string, { rejectUnauthorized }: Trust): boolean {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'wss:') return rejectUnauthorized
  return ['localhost', '[::1]'].includes(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname)
}
