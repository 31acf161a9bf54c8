/** One thing about this host that is well, or not. */
export interface Check {
  readonly name: 'docker' | 'disk' | 'clock' | 'firewall'
  readonly ok: boolean
  readonly message: string
}

/** What is answered to `/etcd/health`. Agents of 1.5 answer `health` alone, about their etcd. */
export interface Health {
  readonly health: boolean
  readonly checks: readonly Check[]
}
