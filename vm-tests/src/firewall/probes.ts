import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Guest } from '../guest.ts'

/** What is asked, as `tcp/22` or `esp`. */
export type Probe = `${'tcp' | 'udp'}/${number}` | 'esp'

const answers = z.record(z.string(), z.boolean())

/** Which probes from a machine are answered at an address. */
export async function probe(
  from: Guest,
  { address, probes }: { readonly address: string; readonly probes: readonly Probe[] },
  signal: AbortSignal,
): Promise<Record<string, boolean>> {
  const program = `python3 - ${address} ${probes.join(' ')} <<'PYTHON'\n${read('probe.py')}PYTHON\n`
  return answers.parse(JSON.parse(await from.root(program, signal)))
}

/** Lets a machine answer on these, until it is switched off. */
export async function listen(
  on: Guest,
  probes: readonly Probe[],
  signal: AbortSignal,
): Promise<void> {
  const ports = probes.filter((one) => one !== 'esp')
  await on.root(
    `cat > /root/listen.py <<'PYTHON'\n${read('listen.py')}PYTHON
     systemctl reset-failed listen 2> /dev/null || true
     systemd-run --quiet --unit listen python3 /root/listen.py ${ports.join(' ')}`,
    signal,
  )
  const wait = { timeout: 60_000, signal }
  const count = new Set(ports).size
  await on.until(
    'the listeners',
    `test "$(ss -Hlntup | grep -c 'python3')" = ${count} && ss -Hlw | grep -q ':esp\\|:50'`,
    wait,
  )
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
}
