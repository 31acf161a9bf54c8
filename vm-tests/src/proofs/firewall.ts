import { expect } from 'vitest'
import type { CloudNode } from '../cloud-node.ts'
import { listen, type Probe, probe } from '../firewall/probes.ts'
import type { Guest } from '../guest.ts'

/** The overlay's, which members alone may use. */
const overlay: readonly Probe[] = ['tcp/6783', 'tcp/6784', 'udp/6783', 'udp/6784', 'esp']
/** What everybody may reach: SSH, the VPN, and what `--open` names, which Docker publishes. */
const open: readonly Probe[] = ['tcp/22', 'tcp/1194', 'udp/1194', 'tcp/8080']
/** Somebody listens there, and Docker publishes the last; nobody opened them. */
const closed: readonly Probe[] = ['tcp/9999', 'udp/9999', 'tcp/9090']
const all = [...overlay, ...open, ...closed]
/** Docker publishes these, so nothing else may listen there; SSH is there anyway. */
const elsewhere: readonly Probe[] = ['tcp/22', 'tcp/8080', 'tcp/9090']

/** Makes everything listen that a firewall could let in. */
export async function listenEverywhere(
  { guest }: CloudNode,
  runtime: string,
  signal: AbortSignal,
): Promise<void> {
  await listen(
    guest,
    all.filter((one) => !elsewhere.includes(one)),
    signal,
  )
  const serve = `require('http').createServer((_, reply) => reply.end('here')).listen(80)`
  await guest.root(
    `for port in 8080 9090; do
       docker rm --force "web-$port" > /dev/null 2>&1 || true
       docker run --detach --init --name "web-$port" --publish "$port:80" ${runtime} node -e "${serve}"
     done`,
    signal,
  )
}

/** From another node of the grid, over the private network. */
export async function memberGetsIn(
  member: Guest,
  target: CloudNode,
  signal: AbortSignal,
): Promise<string> {
  const address = target.privateAddress ?? target.publicAddress
  const seen = await probe(member, { address, probes: all }, signal)
  expect(seen).toEqual(expected([...overlay, ...open]))
  return `${[...overlay, ...open].join(', ')} answer; ${closed.join(', ')} do not`
}

/** From a machine that is not in the grid, to the public address. */
export async function outsiderStaysOut(
  outsider: Guest,
  target: CloudNode,
  signal: AbortSignal,
): Promise<string> {
  const seen = await probe(outsider, { address: target.publicAddress, probes: all }, signal)
  expect(seen).toEqual(expected(open))
  return `${open.join(', ')} answer; ${[...overlay, ...closed].join(', ')} do not`
}

/** With the rules away for a while the outsider gets in, so the probes can tell. */
export async function outsiderWouldGetIn(
  outsider: Guest,
  target: CloudNode,
  signal: AbortSignal,
): Promise<string> {
  await target.guest.root('nft delete table inet kontena', signal)
  try {
    const seen = await probe(outsider, { address: target.publicAddress, probes: all }, signal)
    expect(seen).toEqual(expected(all))
  } finally {
    await target.guest.root('systemctl restart kontena-firewall', signal)
  }
  // What got in meanwhile is established to the kernel, and would be let in further.
  await target.guest.root('nft list table inet kontena > /dev/null', signal)
  return `all ${all.length} answer the outsider`
}

/** A container gets no answer from the metadata service, which the machine itself does. */
export async function metadataIsHidden(
  { guest }: CloudNode,
  { url, runtime }: { readonly url: string; readonly runtime: string },
  signal: AbortSignal,
): Promise<string> {
  const ask = `fetch('${url}', { signal: AbortSignal.timeout(8000) }).then(({ status }) => console.log(status), () => console.log('nothing'))`
  const run = (network: string): Promise<string> =>
    guest.root(`docker run --rm --init --network ${network} ${runtime} node -e "${ask}"`, signal)
  const answers = { host: await run('host'), bridge: await run('bridge') }
  // Which status makes no difference: a service that answers can be asked properly.
  expect(answers).toEqual({ host: expect.stringMatching(/^\d{3}$/), bridge: 'nothing' })
  return `${url} answers the machine and no container`
}

function expected(answered: readonly Probe[]): Record<string, boolean> {
  return Object.fromEntries(all.map((one) => [one, answered.includes(one)]))
}
