import { join } from 'node:path'
import { sleep } from '@kontena/core'
import { expect } from 'vitest'
import { makeRelease } from '../release.ts'
import { type Subject, untilBack, untilOnline } from '../subject.ts'

/** An emulated machine is back from a reboot after one to three minutes, depending on who else works. */
const longest = 420_000

/** Does something to the machine; the node comes back without anybody's help. */
export async function comesBackAfter(
  subject: Subject,
  script: string,
  signal: AbortSignal,
): Promise<string> {
  const before = await untilOnline(subject, { timeout: longest, signal })
  await subject.guest.root(script, signal)
  return untilBack(subject, before, { timeout: longest, signal })
}

/** The whole machine goes down and up again; what runs on it then is what ran before. */
export async function comesBackAfterReboot(subject: Subject, signal: AbortSignal): Promise<string> {
  const script = 'cat /proc/sys/kernel/random/boot_id'
  const boot = await subject.guest.root(script, signal)
  // The connection ends with the machine, so that the reboot waits until this one is gone.
  const told = await comesBackAfter(subject, 'systemd-run --on-active=1 systemctl reboot', signal)
  const now = await subject.guest.until('the machine to answer', script, {
    timeout: longest,
    signal,
  })
  expect(now).not.toBe(boot)
  return told
}

/** The master is away for two minutes, as for an upgrade or a move. */
export async function comesBackToTheMaster(subject: Subject, signal: AbortSignal): Promise<string> {
  const { master, release } = subject.lab
  const before = await untilOnline(subject, { timeout: longest, signal })
  await master.stop()
  await sleep(120_000, signal)
  const container = await startOfAgent(subject, signal)
  await master.start(release, signal)
  const told = await untilBack(subject, before, { timeout: longest, signal })
  expect(await startOfAgent(subject, signal)).toBe(container)
  return `${told} of its return, by the same process`
}

/** A master of a newer release hands out another agent, which the node runs a little later. */
export async function followsItsMaster(subject: Subject, signal: AbortSignal): Promise<string> {
  const { lab } = subject
  const newer = makeRelease(join(lab.scratch.folder, 'newer'), (agent) => `${agent}\n// newer\n`)
  expect(newer.agentHash).not.toBe(lab.release.agentHash)
  const before = await untilOnline(subject, { timeout: longest, signal })
  await lab.master.stop()
  await lab.master.start(newer, signal)
  const hash = 'sha256sum /var/lib/kontena/agent.mjs | cut -c 1-64'
  const started = Date.now()
  await subject.guest.until(
    'the newer agent',
    `test "$(${hash})" = ${newer.agentHash} && grep -q '^k' /var/lib/kontena/agent.trial`,
    { timeout: longest, signal },
  )
  const took = Math.round((Date.now() - started) / 1000)
  await untilBack(subject, before, { timeout: longest, signal })
  return `the newer agent is there, online and kept after ${took} s`
}

/** An agent that ends at once, whatever it is told, does not take the node away. */
export async function goesBackFromBroken(subject: Subject, signal: AbortSignal): Promise<string> {
  const { lab } = subject
  const hash = 'sha256sum /var/lib/kontena/agent.mjs | cut -c 1-64'
  const good = await subject.guest.root(hash, signal)
  const broken = makeRelease(
    join(lab.scratch.folder, 'broken'),
    (agent) => `process.exit(1)\n${agent}`,
  )
  await lab.master.stop()
  await lab.master.start(broken, signal)
  const started = Date.now()
  await subject.guest.until(
    'the broken agent to be refused',
    `grep '^r' /var/lib/kontena/agent.trial`,
    {
      timeout: longest,
      signal,
    },
  )
  await subject.guest.until('the agent before', `test "$(${hash})" = ${good}`, {
    timeout: longest,
    signal,
  })
  await untilOnline(subject, { timeout: longest, signal })
  return `the broken one was refused and the one before is online after ${Math.round((Date.now() - started) / 1000)} s`
}

async function startOfAgent({ guest }: Subject, signal: AbortSignal): Promise<string> {
  return guest.root("docker inspect --format '{{.State.StartedAt}}' kontena-agent", signal)
}
