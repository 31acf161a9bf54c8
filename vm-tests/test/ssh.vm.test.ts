import { afterAll, beforeAll, describe, expect } from 'vitest'
import { chooseImage } from '../src/choose-image.ts'
import type { Guest } from '../src/guest.ts'
import { type Lab, openLab } from '../src/lab.ts'
import { bootPlainMachine, type PlainMachine } from '../src/plain-machine.ts'
import { limitsAreSet, unitsAreActive } from '../src/proofs/boot.ts'
import { containersOf, hostIsAsBefore, stateOf } from '../src/proofs/lent-host.ts'
import { dockerIsAsShown, nodeIsOnline } from '../src/proofs/online.ts'
import { gridTokenIsNowhere } from '../src/proofs/secrets.ts'
import { hostKeysAreKnown, sshAsksNothing } from '../src/proofs/ssh.ts'
import { prove } from '../src/prove.ts'
import { skipReason } from '../src/requirements.ts'
import type { Subject } from '../src/subject.ts'

const skipped = skipReason('vm', 'image')
const name = 'cellar'

describe.skipIf(skipped)('SSH: a host without Docker, and then with one that is at work', () => {
  const opening = new AbortController()
  let lab: Lab
  let runtime: string
  let host: PlainMachine
  let fingerprint: string
  let before: string
  const subject = (): Subject => ({
    lab,
    kontena: lab.kontena,
    name,
    guest: host.guest,
    disk: host.disk,
  })

  beforeAll(async () => {
    const { signal } = opening
    const image = await chooseImage('plain', signal)
    runtime = image.runtime
    lab = await openLab(signal)
    const { key, scratch } = lab
    host = await bootPlainMachine({ name, image, key, scratch, signal })
    const keys = await host.guest.root('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub', signal)
    fingerprint = keys.split(' ')[1] ?? ''
    before = await stateOf(host.guest, signal)
  })
  afterAll(async () => {
    opening.abort()
    await lab?.scratch.close()
  })

  const access = (): string[] => ['--key', lab.key.privateFile, '--host-key', fingerprint]
  const target = (): string => `${host.user}@${host.address}:${host.port}`
  const create = async (signal: AbortSignal, more: readonly string[] = access()) => {
    const words = ['--host', target(), '--agent-runtime', runtime, '--yes', ...more]
    await lab.kontena.run(['ssh', 'node', 'create', name, ...words], signal)
  }
  const terminate = async (signal: AbortSignal): Promise<void> => {
    const words = ['ssh', 'node', 'terminate', name, '--force', ...access()]
    await lab.kontena.run(words, signal)
    expect(await lab.kontena.run(['node', 'list', '-q'], signal)).toBe('')
  }

  prove('another host key is refused, and nothing happens to the host', async (signal) => {
    const wrong = ['--key', lab.key.privateFile, '--host-key', `SHA256:${'A'.repeat(43)}`]
    await expect(create(signal, wrong)).rejects.toThrow(/host key/i)
    return hostIsAsBefore(host.guest, before, signal)
  })
  prove('a host without Docker becomes a node', async (signal) => {
    await create(signal)
    return nodeIsOnline(
      subject(),
      { provider: 'ssh', labels: ['provider=ssh', 'az=local'] },
      signal,
    )
  })
  prove('its services run, now and after the next boot', (signal) =>
    unitsAreActive(subject(), ['kontena-agent', 'docker'], signal),
  )
  prove('its kernel has the limits', (signal) => limitsAreSet(subject(), signal))
  prove('Docker says of itself what kontena node show says', (signal) =>
    dockerIsAsShown(subject(), signal),
  )
  prove("the grid's token is nowhere on its disk", (signal) =>
    gridTokenIsNowhere(subject(), signal),
  )
  prove('the master holds its SSH host keys', (signal) => hostKeysAreKnown(subject(), signal))
  prove('kontena node ssh asks no question', (signal) =>
    sshAsksNothing(subject(), ['--port', String(host.port)], signal),
  )
  prove('terminate gives it back, with the Docker that it has now', async (signal) => {
    await terminate(signal)
    expect(await host.guest.root('systemctl is-active docker', signal)).toBe('active')
    // Docker and its settings stay with a host that had none.
    await host.guest.root('rm /etc/docker/daemon.json && systemctl restart docker', signal)
    return hostIsAsBefore(host.guest, before, signal)
  })
  prove('with containers at work it becomes a node again, and they go on', async (signal) => {
    await loadRuntime(host.guest, signal)
    await host.guest.root(
      `docker run -d --init --name busy ${runtime} node -e 'setInterval(() => {}, 1e6)'`,
      signal,
    )
    const containers = await containersOf(host.guest, signal)
    await create(signal)
    expect(await containersOf(host.guest, signal)).toBe(containers)
    return `${await dockerIsAsShown(subject(), signal)}; the container was not touched`
  })
  prove('terminate leaves them at work too', async (signal) => {
    const containers = await containersOf(host.guest, signal)
    await terminate(signal)
    expect(await containersOf(host.guest, signal)).toBe(containers)
    return hostIsAsBefore(host.guest, before, signal)
  })
})

/** As where no registry can be reached: the image is there before a node needs it. */
async function loadRuntime(host: Guest, signal: AbortSignal): Promise<void> {
  await host.root('docker load --quiet --input /opt/runtime/runtime.tar', signal)
}
