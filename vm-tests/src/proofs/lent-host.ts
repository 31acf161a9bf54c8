import { expect } from 'vitest'
import type { Guest } from '../guest.ts'

/** What of a host is not ours: taken before it becomes a node, and compared when it is none any more. */
const look = `
  ls -d /etc/kontena* /opt/kontena /var/lib/kontena /run/kontena 2> /dev/null || true
  ls /etc/systemd/system | grep kontena || true
  cat /etc/docker/daemon.json 2> /dev/null || true
  sysctl fs.inotify.max_user_instances fs.inotify.max_user_watches vm.max_map_count
  ls /etc/sysctl.d
  nft list ruleset 2> /dev/null | grep -A 1000 'table inet kontena' || true
  id; cat /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys 2> /dev/null || true`

export function stateOf(host: Guest, signal: AbortSignal): Promise<string> {
  return host.root(look, signal)
}

export async function hostIsAsBefore(
  host: Guest,
  before: string,
  signal: AbortSignal,
): Promise<string> {
  expect(await stateOf(host, signal)).toBe(before)
  return 'files, units, kernel limits, firewall and keys are as before'
}

/** Containers with the moment of their start: one that was restarted is another. */
export function containersOf(host: Guest, signal: AbortSignal): Promise<string> {
  return host.root(
    `docker ps --format '{{.Names}}' | grep -v '^kontena-agent$' | sort |
       xargs docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Running}}'`,
    signal,
  )
}
